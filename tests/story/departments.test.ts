import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../examples/departments/faults.ts';
import { type DepartmentName, departmentNames as names, startHub, type TestHub } from './hub.ts';

const sections: Readonly<Record<DepartmentName, string>> = {
  police: 'police',
  'civil-affairs': 'civilAffairs',
  'social-security': 'socialSecurity',
  justice: 'justice',
};

describe('a department in trouble', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterEach(async () => {
    for (const department of Object.values(hub.departments)) await department.recover();
  });
  afterAll(() => hub.close());

  const ask = () =>
    hub.ask({
      query: `query($id: String!) { resident(identifier: { value: $id }) {
        police { name } civilAffairs { maritalStatus } socialSecurity { status } justice { name } } }`,
      variables: { id: hub.facts.fixed.everywhere.value },
    });
  /** Numbers, for a source that says something else where they belong. */
  const askForNumbers = () =>
    hub.ask({
      query: `query($id: String!) { resident(identifier: { value: $id }) {
        police { household { memberCount } } civilAffairs { maritalStatus assistance { monthlyYuan } }
        socialSecurity { status contributions(first: 1) { amountYuan } } justice { legalAidCount } } }`,
      variables: { id: hub.facts.fixed.everywhere.value },
    });

  /** Breakers let a probe through after their pause, so recovery is asked for until it is seen, for ten seconds at most. */
  async function askUntilWhole(): Promise<unknown> {
    const until = Date.now() + 10_000;
    for (;;) {
      const { body } = await ask();
      if (body.errors === undefined || Date.now() > until) return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it.each(names)(
    '%s is killed: the rest answers, its fields say so; it returns: so do its fields',
    async (name) => {
      await hub.departments[name].inject({ kind: 'refuse' });
      const { status, body } = await ask();
      expect(status).toBe(200);
      const { resident } = body.data;
      for (const other of names) {
        if (other === name) expect(resident[sections[other]]).toBeNull();
        else expect(resident[sections[other]]).not.toBeNull();
      }
      expect(body.errors).toHaveLength(1);
      expect(body.errors[0].extensions).toMatchObject({
        code: 'SOURCE_UNAVAILABLE',
        coordinate: `Resident.${sections[name]}`,
        responsePath: `resident.${sections[name]}`,
        department: name,
        count: 1,
        retryable: true,
      });
      expect(body.extensions.receipt).toBeDefined();

      await hub.departments[name].recover();
      const whole = (await askUntilWhole()) as {
        errors?: unknown;
        data: { resident: Record<string, unknown> };
      };
      expect(whole.errors).toBeUndefined();
      expect(whole.data.resident[sections[name]]).not.toBeNull();
    },
  );

  const nonsense: readonly Fault[] = [
    { kind: 'html' },
    { kind: 'half' },
    { kind: 'empty' },
    { kind: 'huge' },
    { kind: 'gzip-bomb' },
    { kind: 'wrong-types' },
    { kind: 'wrong-shape' },
    { kind: 'reset' },
    { kind: 'hang' },
    { kind: 'status', status: 500 },
  ];
  const cases = names.flatMap((name) => nonsense.map((fault) => [name, fault.kind, fault] as const));

  it.each(cases)(
    '%s answers with %s: a clear error, the rest intact, a record, a hub that lives on',
    async (name, _kind, fault) => {
      await hub.departments[name].inject(fault);
      const { status, body, text } = await (fault.kind === 'wrong-types' ? askForNumbers() : ask());
      expect(status).toBe(200);
      for (const other of names) {
        if (other !== name) expect(body.data.resident[sections[other]]).not.toBeNull();
      }
      const codes: string[] = (body.errors ?? []).map(
        (error: { extensions: { code: string } }) => error.extensions.code,
      );
      expect(codes.length).toBeGreaterThan(0);
      for (const code of codes) expect(['SOURCE_UNAVAILABLE', 'SOURCE_FAULT']).toContain(code);
      expect(text).not.toMatch(/node_modules|at .*\.ts|ECONN|SELECT|127\.0\.0\.1/);
      expect(body.extensions.receipt.index).toMatch(/^\d+$/);
      await hub.departments[name].recover();
      expect(((await askUntilWhole()) as { errors?: unknown }).errors).toBeUndefined();
    },
  );

  it.each(names)("%s sends somebody else's row: it is never joined", async (name) => {
    const whole = (await askUntilWhole()) as { data: unknown };
    await hub.departments[name].inject({ kind: 'foreign-row' });
    expect((await ask()).body.data).toEqual(whole.data);
  });

  it.each(names)('%s sends each row twice, or in another order: nothing changes', async (name) => {
    const whole = (await askUntilWhole()) as { data: unknown };
    await hub.departments[name].inject({ kind: 'duplicate-rows' });
    expect((await ask()).body.data).toEqual(whole.data);
    await hub.departments[name].inject({ kind: 'reversed-rows' });
    expect((await ask()).body.data).toEqual(whole.data);
  });
});
