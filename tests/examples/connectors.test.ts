import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCivilAffairsDepartment } from '../../examples/departments/civil-affairs.ts';
import type { Department } from '../../examples/departments/department.ts';
import { startJusticeDepartment } from '../../examples/departments/justice.ts';
import { startPoliceDepartment } from '../../examples/departments/police.ts';
import { startSocialSecurityDepartment } from '../../examples/departments/social-security.ts';
import type { DepartmentName } from '../../examples/population/facts.ts';
import { createPopulation } from '../../examples/population/population.ts';
import type { Connector, ReadResult } from '../../src/connectors/connector.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import { type ContractRead, readsOfSource } from './contract-reads.ts';

const residents = 300;
const { people, facts, police, civilAffairs, socialSecurity, justice } = createPopulation({ residents });
const contributions = socialSecurity.insured.flatMap(({ aac002 }) => socialSecurity.contributions(aac002));

/** The department's first record of a resident, and how many rows its lists have. */
const sources = [
  ['police-population', 'police', startPoliceDepartment, 'Resident.police', [police.t_hjh, police.t_xzcf]],
  [
    'civil-affairs-registry',
    'civil-affairs',
    startCivilAffairsDepartment,
    'Resident.civilAffairs',
    [civilAffairs.marriages],
  ],
  [
    'social-security-insurance',
    'social-security',
    startSocialSecurityDepartment,
    'Resident.socialSecurity',
    [contributions],
  ],
  [
    'justice-cases',
    'justice',
    startJusticeDepartment,
    'Resident.justice',
    [justice.corrections, justice.mediations],
  ],
] as const;

describe.each(sources)('the connector of %s', (source, departmentName, start, section, lists) => {
  let department: Department;
  let connector: Connector;
  let reads: readonly ContractRead[];

  beforeAll(async () => {
    const { graph } = composeGraph(await readContractFiles('schema'));
    const settings = graph?.sources.get(source);
    if (!settings) throw new TypeError(`the contract files have no source ${source}`);
    department = await start({ residents });
    connector = createConnector(settings, department.connection, { warn: () => {} });
    reads = await readsOfSource(source);
  });

  afterAll(async () => {
    await connector.close();
    await department.close();
  });

  it('finds everybody whom the department knows, however the key is stored, and nobody else', async () => {
    const [read] = reads.filter(({ coordinate }) => coordinate === section);
    const asked = read ? keysOf(read) : [];
    const { rows, findings } = await readAll(read, asked);
    const found = rows.map(({ key }) => people[key]?.id);
    expect(new Set(found).size).toBe(rows.length);
    expect(new Set(found)).toEqual(knownTo(departmentName));
    expect(findings).toEqual({});
  });

  it('reads every row of every list', async () => {
    const found = await Promise.all(
      reads.filter(({ coordinate }) => coordinate !== section).map((read) => readAll(read, keysOf(read))),
    );
    expect(found.map(({ rows }) => rows.length)).toEqual(lists.map((rows) => rows.length));
  });

  it('sees an account that cannot write', async () => {
    const probe = await connector.probe(AbortSignal.timeout(5_000));
    expect([probe.ok, probe.canWrite ?? false]).toEqual([true, false]);
  });

  async function readAll(
    read: ContractRead | undefined,
    keys: readonly (readonly string[])[],
  ): Promise<ReadResult> {
    if (!read) throw new TypeError('the contract file does not read this');
    const { coordinate: entity, connect, columns } = read;
    const { target, key: keyColumns, order, maxRows: maxRowsPerKey } = connect;
    const request = { requestId: 'r', entity, target, keyColumns, keys, columns, order, maxRowsPerKey };
    return connector.read(request, AbortSignal.timeout(20_000));
  }
});

/** Everybody's key, or that of every household. */
function keysOf({ connect }: ContractRead): readonly (readonly string[])[] {
  if (connect.key.some(({ from }) => from.kind === 'field')) return police.t_hjh.map(({ hh }) => [hh]);
  return people.map(({ identifier: { type, value } }) =>
    connect.key.map(({ from, codes }) => (from.kind === 'identifierType' ? (codes?.[type] ?? '') : value)),
  );
}

function knownTo(department: DepartmentName): ReadonlySet<string> {
  const missing = new Set(facts.missing[department]);
  return new Set(people.map(({ id }) => id).filter((id) => !missing.has(id)));
}
