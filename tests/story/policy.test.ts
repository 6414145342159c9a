import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maxLogPage } from '../../src/plan/plan-log-search.ts';
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import { runAgreementsCommand } from '../../src/registry/agreements-command.ts';
import { runClientsCommand } from '../../src/registry/clients-command.ts';
import { runOperationsCommand } from '../../src/registry/operations-command.ts';
import { startHub, type TestHub } from './hub.ts';

describe('agreements in a running hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({ only: ['police'] });
    await hub.app.listen();
  });
  afterAll(() => hub.close());

  const name = async (client = 'one-stop-hall') => {
    const query = 'query($id: String!) { resident(identifier: { value: $id }) { name } }';
    return hub.ask({ client, query, variables: { id: hub.facts.fixed.everywhere.value } });
  };
  const store = () => createPolicyStore(hub.app.storage.prisma);

  async function run(command: typeof runAgreementsCommand, ...args: readonly string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const print = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
    const code = await command(args, hub.dataDir, print);
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  async function importText(text: string) {
    return hub.app.administration.importAgreements([{ name: 'test.json', text }], 'test');
  }

  it('a revoked agreement gives nothing more, within the polling interval', async () => {
    expect((await name()).body.data.resident.name).toBe('沈国强');
    await store().setAgreementStatus('AGR-2026-0005', 'SUSPENDED', 'test');
    await expect
      .poll(async () => (await name()).body.errors?.[0]?.extensions.code, { timeout: 5_000 })
      .toBe('FIELD_DENIED');
    await store().setAgreementStatus('AGR-2026-0005', 'ACTIVE', 'test');
    await expect.poll(async () => (await name()).body.data.resident.name, { timeout: 5_000 }).toBe('沈国强');
  });

  const codeOf = async () => (await name()).body.errors?.[0]?.extensions.code;
  const lastActs = async (first: number) => {
    const query = `query($first: Int) { accessRecords(first: $first, where: { kind: ADMINISTRATION }) {
      nodes { kind requestId status errors { code } administration {
        action outcome by object reason contentHash problems rules changed { kind id version change contentHash } } }
      pageInfo { endCursor hasNextPage } } }`;
    const { body } = await hub.ask({ client: 'audit-office', query, variables: { first } });
    return body.data.accessRecords.nodes;
  };

  it('a client suspended by command is refused from its next request on, and let in again', async () => {
    expect((await name()).status).toBe(200);
    const suspended = await run(runClientsCommand, 'suspend', 'one-stop-hall', '--reason', '凭据疑似外泄');
    expect(suspended).toMatchObject({
      code: 0,
      out: expect.stringMatching(/client one-stop-hall\n.*CLIENT_SUSPENDED.*reactivate.*\n记录序号/),
    });
    expect(await codeOf()).toBe('CLIENT_SUSPENDED');
    expect((await run(runClientsCommand, 'list')).out).toMatch(/one-stop-hall\t已暂停 SUSPENDED/);
    expect((await run(runClientsCommand, 'suspend', 'one-stop-hall')).out).toContain('nothing changed');
    expect((await run(runClientsCommand, 'reactivate', 'one-stop-hall')).code).toBe(0);
    expect((await name()).status).toBe(200);
  });

  it('commands say what they know: help, what was meant, what one object is', async () => {
    for (const help of ['--help', '-h', 'help']) {
      const { code, out, err } = await run(runAgreementsCommand, help);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^用法 Usage/);
    }
    const misspelt = await run(runAgreementsCommand, 'lst');
    expect(misspelt).toMatchObject({ code: 2, out: '' });
    expect(misspelt.err).toMatch(
      /没有这个命令：lst。是否要写 list？.*import, suspend, reactivate, revoke, list, show$/,
    );
    expect((await run(runAgreementsCommand, 'suspend', 'AGR-2026-0005')).err).toMatch(
      /The arguments of suspend do not fit/,
    );
    expect(JSON.parse((await run(runClientsCommand, 'show', 'one-stop-hall')).out)).toMatchObject({
      id: 'one-stop-hall',
      status: 'ACTIVE',
    });
    expect(JSON.parse((await run(runOperationsCommand, 'show', 'insurance-status')).out)).toMatchObject({
      code: 'insurance-status',
      document: expect.stringContaining('query'),
    });
    expect(await run(runClientsCommand, 'show', 'nobody')).toMatchObject({
      code: 1,
      err: '没有登记这个应用。 There is no such client.',
    });
  });

  it('a wrong agreement is told with file, line and place, and with the name that was meant', async () => {
    const file = join(hub.dataDir, 'wrong.json');
    const text = await readFile('examples/agreements/street-police.json', 'utf8');
    await writeFile(
      file,
      text.replace('PoliceRecord.sex', 'PoliceRecord.sxe').replace('"purpose"', '"purpsoe"'),
    );
    const { code, err } = await run(runAgreementsCommand, 'import', file);
    expect(code).toBe(1);
    expect(err).toContain(`${file}:1 · $ · unknown-member · 不认识的成员“purpsoe → purpose”`);
    const line = 1 + text.split('\n').findIndex((one) => one.includes('PoliceRecord.sex'));
    expect(err).toContain(
      `${file}:${line} · $.grants[0].fields[1] · unknown-field · 没有这个字段：PoliceRecord.sxe → PoliceRecord.sex。`,
    );
  });

  it('an agreement suspended by command gives nothing from the next request on, and both records say why', async () => {
    const id = 'AGR-2026-0005';
    expect((await run(runAgreementsCommand, 'suspend', id, '--reason', '数据质量核查')).code).toBe(0);
    expect(await codeOf()).toBe('FIELD_DENIED');
    const imported = await run(runAgreementsCommand, 'import', 'examples/agreements');
    expect(imported.out).toContain(`仍为暂停 still suspended: agreement ${id}`);
    expect(await codeOf()).toBe('FIELD_DENIED');
    expect((await run(runAgreementsCommand, 'reactivate', id)).code).toBe(0);
    expect(await codeOf()).toBeUndefined();

    const acts = (await lastActs(6)).filter(
      (node: { administration: { action: string } }) => node.administration.action === 'agreement.suspend',
    );
    expect(acts).toMatchObject([
      {
        status: 200,
        administration: {
          outcome: 'DONE',
          object: id,
          reason: '数据质量核查',
          changed: [{ kind: 'agreement', id, version: expect.any(Number), change: 'UPDATED' }],
        },
      },
      { status: 202, administration: { outcome: 'INTENT', object: id, changed: [] } },
    ]);
    expect(acts[0].requestId).toBe(acts[1].requestId);
    expect(acts[0].administration.contentHash).toBe(acts[0].administration.changed[0].contentHash);
    expect((await run(runAgreementsCommand, 'show', id)).out).toContain(acts[0].administration.contentHash);
  });

  it('a revoked agreement stays so: a file that brings it back is told that it needs a new id', async () => {
    const id = 'AGR-2026-9100';
    const text = (await readFile('examples/agreements/hotline-police.json', 'utf8')).replace(
      /"id": "[^"]+"/,
      `"id": "${id}"`,
    );
    await importText(text);
    expect((await run(runAgreementsCommand, 'revoke', id)).code).toBe(0);
    expect((await run(runAgreementsCommand, 'list')).out).toMatch(new RegExp(`${id}\tv2\t已撤销 REVOKED`));
    const refused = await run(runAgreementsCommand, 'reactivate', id);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('已撤销') });
    await expect(importText(text)).rejects.toMatchObject({
      code: 'AGREEMENT_INVALID',
      details: { problems: [{ rule: 'revoked-id', path: '$.id', zh: expect.stringContaining('新的编号') }] },
    });
    expect((await lastActs(1))[0]).toMatchObject({
      errors: [{ code: 'AGREEMENT_INVALID' }],
      administration: { outcome: 'REFUSED', problems: 1, rules: ['revoked-id'] },
    });
  });

  it.each([
    [runAgreementsCommand, ['suspend', 'AGR-2026-0005']],
    [runAgreementsCommand, ['revoke']],
    [runAgreementsCommand, ['import']],
    [runAgreementsCommand, ['list', 'all']],
    [runAgreementsCommand, ['constructor']],
    [runClientsCommand, ['suspend', 'a', 'b']],
    [runClientsCommand, ['suspend', 'a', '--force']],
    [runClientsCommand, []],
    [runOperationsCommand, ['register']],
  ])('a command that is not understood prints its usage and ends with 2: %o %j', async (command, args) => {
    const { code, out, err } = await run(command, ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^用法 Usage: npm run/);
  });

  it.each([
    [runAgreementsCommand, ['revoke', 'AGR-NONE'], /没有这份协议/],
    [runAgreementsCommand, ['show', 'AGR-NONE'], /没有这份协议/],
    [runAgreementsCommand, ['revoke', 'AGR NONE'], /标识或名称/],
    [runAgreementsCommand, ['import', 'no-such-file.json'], /无法读取 no-such-file\.json（ENOENT）/],
    [runClientsCommand, ['suspend', 'nobody'], /没有登记这个应用/],
    [runOperationsCommand, ['suspend', 'nothing'], /没有这个登记操作/],
  ])('what cannot be done ends with 1 and says why, in Chinese first: %o %j', async (command, args, why) => {
    const { code, out, err } = await run(command, ...args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(why);
    expect(err).toMatch(/^\p{Script=Han}/u);
  });

  it('a page of the log larger than the limit is refused in words, not cut in silence', async () => {
    const ask = (first: number) =>
      hub.ask({ client: 'audit-office', query: `{ accessRecords(first: ${first}) { nodes { index } } }` });
    expect((await ask(200)).body.data.accessRecords.nodes.length).toBeGreaterThan(5);
    for (const first of [201, 0, -1]) {
      const { body } = await ask(first);
      expect(body.errors[0].extensions).toMatchObject({ code: 'VARIABLE_INVALID', max: 200 });
      expect(body.errors[0].message).toContain('1 至 200');
      expect(body.data?.accessRecords ?? null).toBeNull();
    }
    const words = `每页最多 ${maxLogPage} 条`;
    for (const file of ['schema/core/audit.graphql', 'docs/zh-CN/auditor.md']) {
      expect(await readFile(file, 'utf8')).toContain(words);
    }
  });

  it('pages of the log count against the cost of a request, each alias and each list in a record', async () => {
    const whole =
      'nodes { at client decisions { coordinate effect rule } reads { source columns keys rows } }';
    const ask = (pages: number, first: string) => {
      const selections = Array.from(
        { length: pages },
        (_, i) => `p${i}: accessRecords(first: ${first}) { ${whole} }`,
      );
      const query = `query Pages${first === '$n' ? '($n: Int)' : ''} { ${selections.join(' ')} }`;
      return hub.ask({ client: 'audit-office', query, variables: { n: 200 } });
    };
    expect((await ask(2, '$n')).body.errors).toBeUndefined();
    for (const first of ['200', '$n']) {
      const { status, body } = await ask(15, first);
      expect([status, body.errors[0].extensions]).toEqual([
        400,
        expect.objectContaining({ code: 'OPERATION_LIMIT_EXCEEDED', limit: 'maxCost' }),
      ]);
    }
    expect((await ask(15, '1')).body.errors).toBeUndefined();
    // A refusal is on record like any other, and so is a search.
    const query = '{ accessRecords(first: 3) { nodes { status errors { code } decisions { coordinate } } } }';
    const { nodes } = (await hub.ask({ client: 'audit-office', query })).body.data.accessRecords;
    expect(nodes[0]).toMatchObject({ status: 200, decisions: [{ coordinate: 'Query.accessRecords' }] });
    expect(nodes[1]).toMatchObject({ status: 400, errors: [{ code: 'OPERATION_LIMIT_EXCEEDED' }] });
  });

  it('a resident is looked up over ten years at most: each month and department costs a pseudonym', async () => {
    const query = `query($where: AccessRecordFilter) { accessRecords(where: $where) { nodes { index } } }`;
    const resident = { value: hub.facts.fixed.everywhere.value };
    const ask = (from: string, until: string) =>
      hub.ask({ client: 'audit-office', query, variables: { where: { resident, from, until } } });
    expect((await ask('2018-01-01T00:00:00Z', '2027-12-31T00:00:00Z')).body.errors).toBeUndefined();
    const { body } = await ask('0001-01-01T00:00:00Z', '9999-01-01T00:00:00Z');
    expect(body.errors[0].extensions).toMatchObject({ code: 'VARIABLE_INVALID', maxYears: 10 });
  });

  it('an auditor who looks a resident up leaves a record about that resident', async () => {
    const resident = { type: 'CITIZEN_ID', value: hub.facts.fixed.child.value };
    const query = `query Look($resident: ResidentIdentifier) { accessRecords(where: { resident: $resident }) {
      nodes { client operationName subjects } } }`;
    const look = async () => {
      const { body } = await hub.ask({ client: 'audit-office', query, variables: { resident } });
      return body.data.accessRecords.nodes;
    };
    expect(await look()).toEqual([]);
    const found = await look();
    expect(found).toMatchObject([{ client: 'audit-office', operationName: 'Look' }]);
    expect(found[0].subjects).toHaveLength(1);
  });

  it('the name of an operation is on record however long it may be, unless it holds what may be an identity number', async () => {
    const nameOf = async (name: string) => {
      const query = `query ${name} { accessRecords(first: 1) { nodes { operationName } } }`;
      await hub.ask({ client: 'audit-office', query });
      const { body } = await hub.ask({ client: 'audit-office', query });
      return body.data.accessRecords.nodes[0].operationName;
    };
    expect(await nameOf('N'.repeat(128))).toBe('N'.repeat(128));
    expect(await nameOf('r330106198003159057')).toBeNull();
  });

  it('a used-up quota denies the fields of that agreement, and says until when', async () => {
    const text = await readFile('examples/agreements/hotline-police.json', 'utf8');
    const agreement = JSON.parse(text);
    const field = agreement.grants[0].fields[0].replace('PoliceRecord.', '');
    const query = `query($id: String!) { resident(identifier: { value: $id }) { police { ${field} } } }`;
    const ask = () =>
      hub.ask({ client: 'hotline-12345', query, variables: { id: hub.facts.fixed.everywhere.value } });
    await importText(JSON.stringify({ ...agreement, quota: { requestsPerDay: 2 } }));
    await ask();
    await ask();
    await expect
      .poll(async () => (await ask()).body.errors?.[0]?.extensions.reason, { timeout: 5_000 })
      .toBe('QUOTA_EXCEEDED');
  });

  it('an import with any problem changes nothing and names every problem', async () => {
    const out: string[] = [];
    const code = await runAgreementsCommand(['import', 'tests/story/wrong-agreements.json'], hub.dataDir, {
      out: (line) => out.push(line),
      err: (line) => out.push(line),
    });
    expect(code).toBe(1);
    expect(out.join('\n')).toMatch(/PoliceRecord\.watchFlag|non-shared|unknown/i);
    expect(out.length).toBeGreaterThanOrEqual(3);
    expect((await store().load()).agreements.map(({ id }) => id)).not.toContain('AGR-2026-9001');
  });

  it('an import through the command takes effect and is on record', async () => {
    const out: string[] = [];
    const code = await runAgreementsCommand(['import', 'examples/agreements'], hub.dataDir, {
      out: (line) => out.push(line),
      err: (line) => out.push(line),
    });
    expect(out.join('\n')).toMatch(/记录序号 record: \d+/);
    expect(code).toBe(0);
    const [done, intent] = await lastActs(2);
    const import_ = { action: 'agreements.import', contentHash: done.administration.contentHash };
    expect([intent, done]).toMatchObject([
      { kind: 'ADMINISTRATION', administration: { ...import_, outcome: 'INTENT' } },
      { kind: 'ADMINISTRATION', administration: { ...import_, outcome: 'DONE' } },
    ]);
    expect(done.administration.contentHash).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
