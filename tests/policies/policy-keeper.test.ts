import { describe, expect, it } from 'vitest';
import type { Agreement, Client } from '../../src/policies/agreement.ts';
import { createPolicyKeeper, type PolicyKeeper } from '../../src/policies/policy-keeper.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { hubGraph } from '../support/hub-graph.ts';

const agreement: Agreement = {
  id: 'AGR-1',
  version: 1,
  title: '协议',
  provider: 'police',
  purpose: 'p',
  legalBasis: '依据',
  grants: [{ fields: ['PoliceRecord.name'], operation: 'read' }],
  consumer: { department: 'd', clients: ['c'] },
  validFrom: '2020-01-01T00:00:00Z',
  validUntil: '2030-01-01T00:00:00Z',
  status: 'ACTIVE',
  pageSize: 100,
  quota: { requestsPerDay: 1000 },
};
const client: Client = { id: 'c', department: 'd', title: '应用', registeredOnly: false, status: 'ACTIVE' };

/** Tables that a test changes, and a log that it breaks. */
function tables() {
  return {
    revision: 1n,
    agreements: [agreement, { ...agreement, id: 'AGR-2', consumer: { department: 'd', clients: ['x'] } }],
    clients: [client],
    isLogDown: false,
    hold: undefined as Promise<void> | undefined,
  };
}

function open(state: ReturnType<typeof tables>): Promise<PolicyKeeper> {
  return createPolicyKeeper({
    source: {
      async revision() {
        const { revision } = state;
        await state.hold;
        return revision;
      },
      load: async () => ({
        revision: state.revision,
        agreements: state.agreements,
        clients: state.clients,
        purposes: [{ code: 'p', title: '目的', caseRequired: false }],
        operations: [],
      }),
      async usage() {
        if (state.isLogDown) throw new Error('the log is down');
        return new Map();
      },
    },
    fields: hubGraph.fields,
    pollMs: 1_000_000,
    staleMs: 30_000,
    now: () => Date.parse('2026-03-01T04:00:00Z'),
    onFailure: () => {},
  });
}

const subject = createSubjectClass({
  subject: {
    client: 'c',
    department: 'd',
    roles: [],
    purposes: ['p'],
    issuer: 'i',
    tokenId: 't',
    expiresAt: 0,
  },
  purpose: 'p',
});
const decision = (keeper: PolicyKeeper) =>
  keeper.current().policy.decide(subject, 'PoliceRecord.name').effect;

describe('the policy in force', () => {
  it('a revocation takes effect although the use of quotas cannot be read at that moment', async () => {
    const state = tables();
    const keeper = await open(state);
    expect(decision(keeper)).toBe('PERMIT');
    Object.assign(state, {
      revision: 2n,
      agreements: [{ ...agreement, status: 'REVOKED', version: 2 }],
      isLogDown: true,
    });
    await keeper.refresh();
    expect(decision(keeper)).toBe('DENY');
    state.isLogDown = false;
    await keeper.refresh();
    expect(decision(keeper)).toBe('DENY');
    keeper.close();
  });

  it('while the use of quotas cannot be read, agreements with a quota give nothing, and come back', async () => {
    const state = tables();
    const keeper = await open(state);
    state.isLogDown = true;
    await keeper.refresh();
    expect(decision(keeper)).toBe('DENY');
    state.isLogDown = false;
    await keeper.refresh();
    expect(decision(keeper)).toBe('PERMIT');
    keeper.close();
  });

  it('a refresh sees what was changed before it was called, also while another check is under way', async () => {
    const state = tables();
    const keeper = await open(state);
    let release = () => {};
    state.hold = new Promise((resolve) => {
      release = resolve;
    });
    const earlier = keeper.refresh();
    Object.assign(state, { revision: 2n, clients: [client, { ...client, id: 'new' }] });
    const mine = keeper.refresh();
    release();
    await Promise.all([earlier, mine]);
    expect(keeper.current().clients.has('new')).toBe(true);
    keeper.close();
  });
});
