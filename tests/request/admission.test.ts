import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/audit/log.ts';
import { defaultHubLimits, type HubLimits } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import { type Admission, createAdmission } from '../../src/request/admission.ts';

const admitting = { admit: () => {} } as unknown as AuditLog;
const failing = {
  admit: () => {
    throw new HubError('AUDIT_UNAVAILABLE');
  },
} as unknown as AuditLog;

/** Runs the steps within one request per address, since limits are kept with requests. */
async function within(
  limits: Partial<HubLimits>,
  log: AuditLog,
  run: (admission: Admission, from: (address: string) => Promise<FastifyRequest>) => Promise<void>,
): Promise<void> {
  const server = fastify({ trustProxy: true });
  await server.register(rateLimit, { global: false });
  const admission = createAdmission(server, { ...defaultHubLimits, ...limits }, log);
  let seen: FastifyRequest | undefined;
  server.get('/', async (request) => {
    seen = request;
    return '';
  });
  await run(admission, async (address) => {
    await server.inject({ url: '/', headers: { 'x-forwarded-for': address } });
    if (!seen) throw new TypeError('the request did not arrive');
    return seen;
  });
  await server.close();
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
    return 'OK';
  } catch (error) {
    return error instanceof HubError ? error.code : error;
  }
}

describe('admission', () => {
  it('lets nobody in while records cannot be written, and takes no place for it', async () => {
    await within({ maxConcurrentRequests: 1 }, failing, async (admission, from) => {
      const request = await from('10.0.0.1');
      const codes = [1, 2].map(() => codeOf(() => admission.enter(request)));
      expect(codes).toEqual(['AUDIT_UNAVAILABLE', 'AUDIT_UNAVAILABLE']);
    });
  });

  it('lets nobody in once it is shut', async () => {
    await within({}, admitting, async (admission, from) => {
      const request = await from('10.0.0.1');
      expect(codeOf(() => admission.enter(request))).toBe('OK');
      admission.shut();
      expect(admission.isShut).toBe(true);
      expect(codeOf(() => admission.enter(request))).toBe('OVERLOADED');
    });
  });

  it('limits a client by its name, whatever its address', async () => {
    await within({ requestsPerMinute: 2 }, admitting, async (admission, from) => {
      for (const address of ['10.0.0.1', '10.0.0.2'])
        await admission.countClient(await from(address), 'bank');
      const refusal = await admission.countClient(await from('10.0.0.3'), 'bank').catch((error) => error);
      expect(refusal).toMatchObject({ code: 'RATE_LIMITED' });
      expect(refusal.details.retryAfterSeconds).toBeGreaterThan(0);
      await expect(admission.countClient(await from('10.0.0.1'), 'court')).resolves.toBeUndefined();
    });
  });

  it('sums up refusals beyond the limit by address; all of a /64 are one, and no address is every address', async () => {
    await within({ refusalsPerMinute: 1 }, admitting, async (admission, from) => {
      const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', '10.0.0.1'];
      const recorded: boolean[] = [];
      for (const address of addresses) recorded.push(await admission.countRefusal(await from(address)));
      expect(recorded).toEqual([true, false, false, true, true]);
      expect(admission.takeSummary()).toEqual({ refusals: 2, addresses: 1 });
      expect(admission.takeSummary()).toEqual({ refusals: 0, addresses: 0 });
    });
  });
});
