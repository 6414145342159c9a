import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstQuery } from '../../examples/demo-welcome.ts';
import { storageKinds } from '../support/test-storage.ts';
import { startHub, type TestHub } from './hub.ts';

describe.each(storageKinds)('the first query, with the hub on its %s database', (storage) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ storage });
  });
  afterAll(() => hub.close());

  const ask = () => hub.ask(firstQuery(hub.facts.fixed.everywhere.value));

  it('shows one resident over four departments: some fields clear, some masked, some denied with a reason', async () => {
    const { status, body } = await ask();
    expect(status).toBe(200);
    const { resident } = body.data;
    expect(resident).toMatchObject({ name: '沈国强', age: expect.any(Number), maritalStatus: 'MARRIED' });
    expect(resident.police.citizenId).toMatch(/^330106\*{8}\d{3}[\dX]$/);
    expect(resident.police.phone).toMatch(/^1\d\d\*{4}\d{4}$/);
    expect(resident.police.watchFlag).toBeNull();
    expect(resident.civilAffairs.marriages.length).toBeGreaterThan(0);
    expect(resident.socialSecurity.contributions).toHaveLength(2);
    expect(body.extensions.masked).toContain('PoliceRecord.citizenId');
    const denied = body.errors.filter(
      (error: { extensions: { code: string } }) => error.extensions.code === 'FIELD_DENIED',
    );
    expect(
      denied.map((error: { extensions: { coordinate: string } }) => error.extensions.coordinate),
    ).toContain('PoliceRecord.watchFlag');
    for (const { message, extensions } of denied) {
      expect(message).toMatch(/未获授权/);
      expect(extensions).toMatchObject({
        rule: expect.any(String),
        reason: expect.any(String),
        explanation: expect.any(String),
        remedies: [{ code: expect.any(String), explanation: expect.any(String) }],
      });
    }
  });

  it('says beside each denied field what explainField says of it', async () => {
    const { body } = await ask();
    for (const { extensions } of body.errors) {
      const explained = await hub.ask({
        query:
          'query($field: String!) { explainField(field: $field) { rule reason explanation howToApply remedies { code explanation } } }',
        variables: { field: extensions.coordinate },
      });
      const { rule, reason, explanation, remedies, howToApply = null } = extensions;
      expect({ rule, reason, explanation, remedies, howToApply }).toEqual(explained.body.data.explainField);
    }
  });

  it('says which departments answered, and when they were read', async () => {
    const { body } = await ask();
    const departments = new Set(
      body.extensions.sources.map((source: { department: string }) => source.department),
    );
    expect(departments).toEqual(new Set(['police', 'civil-affairs', 'social-security', 'justice']));
    expect(body.data.resident.police.asOf).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('gives a receipt, under which an auditor finds the record, with every decision and no value', async () => {
    const { body, text } = await ask();
    const { receipt } = body.extensions;
    expect(receipt).toMatchObject({ index: expect.stringMatching(/^\d+$/), signature: expect.any(String) });
    const query = `{ accessRecords(first: 1, where: { client: "mediation-center" }) { nodes {
      index eventId client purpose caseReference leafHash status decisions { coordinate effect rule } subjects
      reads { source entity columns keys rows outcome } errors { code count } } damaged { index } } }`;
    const audit = await hub.ask({ client: 'audit-office', query });
    expect(audit.body.errors).toBeUndefined();
    const [record] = audit.body.data.accessRecords.nodes;
    expect(record).toMatchObject({
      index: receipt.index,
      eventId: receipt.eventId,
      leafHash: receipt.leafHash,
      client: 'mediation-center',
      purpose: 'dispute-mediation',
      caseReference: '2026-TJ-0001',
      status: 200,
    });
    expect(record.subjects).toHaveLength(1);
    const effects = new Map(
      record.decisions.map(({ coordinate, effect }: { coordinate: string; effect: string }) => [
        coordinate,
        effect,
      ]),
    );
    expect(effects.get('Resident.name')).toBe('PERMIT');
    expect(effects.get('PoliceRecord.citizenId')).toBe('MASK');
    expect(effects.get('PoliceRecord.watchFlag')).toBe('DENY');
    for (const value of [body.data.resident.name, hub.facts.fixed.everywhere.value]) {
      expect(audit.text).not.toContain(value);
    }
    expect(text).not.toContain(hub.facts.fixed.everywhere.value);
  });
});
