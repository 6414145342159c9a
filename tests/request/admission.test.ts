import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/audit/log.ts';
import { defaultHubLimits, type HubLimits } from '../../src/config.ts';
import { HubError } from '../../src/errors.ts';
import type { Subject } from '../../src/identity/subject.ts';
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

function subjectOf(client: string): Subject {
  return {
    client,
    department: 'finance',
    roles: [],
    purposes: [],
    issuer: 'https://issuer.test',
    tokenId: 'token-1',
    expiresAt: 0,
  };
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
        expect(await admission.countClient(await from(address), subjectOf('bank'))).toBeUndefined();
      const overrun = await admission.countClient(await from('10.0.0.3'), subjectOf('bank'));
      expect(overrun?.retryAfterSeconds).toBeGreaterThan(0);
      expect(await admission.countClient(await from('10.0.0.1'), subjectOf('court'))).toBeUndefined();
    });
  });

  it('sums up a client’s refusals beyond the limit, each client by itself', async () => {
    await within({ requestsPerMinute: 1, refusalsPerMinute: 2 }, admitting, async (admission, from) => {
      const request = await from('10.0.0.1');
      const recorded: unknown[] = [];
      for (const client of ['bank', 'bank', 'bank', 'bank', 'bank', 'court', 'court']) {
        recorded.push((await admission.countClient(request, subjectOf(client)))?.isRecorded);
      }
      expect(recorded).toEqual([undefined, true, true, false, false, undefined, true]);
      const errors = { RATE_LIMITED: 2 };
      const subject = subjectOf('bank');
      expect(admission.takeSummaries()).toEqual([{ refusals: 2, errors, addresses: 1, subject }]);
      expect(admission.takeSummaries()).toEqual([]);
    });
  });

  it('sums up refusals beyond the limit by address; all of a /64 are one, and no address is every address', async () => {
    await within({ refusalsPerMinute: 1 }, admitting, async (admission, from) => {
      const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', '10.0.0.1'];
      const verdicts: string[] = [];
      for (const address of addresses)
        verdicts.push(await admission.countRefusal(await from(address), 'UNAUTHENTICATED'));
      expect(verdicts).toEqual(['RECORD', 'LIMIT', 'LIMIT', 'RECORD', 'RECORD']);
      expect(admission.takeSummaries()).toEqual([{ refusals: 2, errors: { RATE_LIMITED: 2 }, addresses: 1 }]);
    });
  });

  it('who has thousands of addresses gets no more records than all addresses together', async () => {
    await within({ refusalsPerMinuteInAll: 10 }, admitting, async (admission, from) => {
      const request = await from('10.0.0.1');
      const verdicts: string[] = [];
      for (let network = 0; network < 12_000; network++) {
        const one = Object.create(request, { ip: { value: `2001:db8:${network.toString(16)}::1` } });
        verdicts.push(await admission.countRefusal(one, 'UNAUTHENTICATED'));
      }
      expect(verdicts.slice(0, 10)).toEqual(Array(10).fill('RECORD'));
      expect(new Set(verdicts.slice(10))).toEqual(new Set(['SUMMARISE']));
      // All are counted; the addresses only as far as they are told apart.
      expect(admission.takeSummaries()).toEqual([
        { refusals: 11_990, errors: { UNAUTHENTICATED: 11_990 }, addresses: 10_000 },
      ]);
    });
  });

  it('counts what is no route and no request, by code, and limits the former by address', async () => {
    await within({ refusalsPerMinute: 2 }, admitting, async (admission, from) => {
      const request = await from('10.0.0.1');
      const answered: string[] = [];
      for (let i = 0; i < 4; i++) answered.push(await admission.countOutside(request, 'NOT_FOUND'));
      expect(answered).toEqual(['NOT_FOUND', 'NOT_FOUND', 'RATE_LIMITED', 'RATE_LIMITED']);
      admission.countUnreadable('10.0.0.2', 'HEADERS_TOO_LARGE');
      const errors = { HEADERS_TOO_LARGE: 1, NOT_FOUND: 2, RATE_LIMITED: 2 };
      expect(admission.takeSummaries()).toEqual([{ refusals: 5, errors, addresses: 2 }]);
    });
  });
});
