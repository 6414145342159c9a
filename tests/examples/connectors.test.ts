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
const { people, places, facts, police, civilAffairs, socialSecurity, justice } = createPopulation({
  residents,
});
const { graph: founding } = composeGraph(await readContractFiles('schema'));
const graphSections = founding?.sections ?? new Map<string, string>();
const contributions = socialSecurity.insured.flatMap(({ aac002 }) => socialSecurity.contributions(aac002));

/** The department's first record of a resident, and all rows that its other reads can bring. */
const sources = [
  [
    'police-population',
    'police',
    startPoliceDepartment,
    'Resident.police',
    {
      'Dwelling.police': police.t_bzdz_fw,
      'Building.police': police.t_bzdz_ld,
      'Household.police': police.t_hjh,
      'PoliceRecord.household': police.t_hjh,
      'PoliceRecord.residencePermit': police.t_ldrk,
      'PoliceRecord.penalties': police.t_xzcf,
      'PoliceRecord.residence': police.t_jzxx,
      'PoliceResidence.livesAlone': police.t_jzxx,
      'PoliceHouseholdRecord.members': police.t_czrk.filter(({ hh }) => hh !== null),
      'PoliceDwelling.residents': police.t_jzxx,
      'PoliceDwelling.households': police.t_hjh,
      'PoliceBuilding.dwellings': police.t_bzdz_fw,
    },
  ],
  [
    'civil-affairs-registry',
    'civil-affairs',
    startCivilAffairsDepartment,
    'Resident.civilAffairs',
    {
      'CivilAffairsRecord.marriages': civilAffairs.marriages,
      'Building.civilAffairs': civilAffairs.buildings,
      'Grid.civilAffairs': civilAffairs.grids,
      'CivilAffairsGrid.buildings': civilAffairs.buildings,
    },
  ],
  [
    'social-security-insurance',
    'social-security',
    startSocialSecurityDepartment,
    'Resident.socialSecurity',
    { 'SocialSecurityRecord.contributions': contributions },
  ],
  [
    'justice-cases',
    'justice',
    startJusticeDepartment,
    'Resident.justice',
    {
      'JusticeRecord.communityCorrections': justice.corrections,
      'JusticeRecord.mediationCases': justice.mediations,
    },
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
      reads
        .filter(({ coordinate }) => coordinate !== section)
        .map(async (read) => [read.coordinate, (await readAll(read, keysOf(read))).rows.length] as const),
    );
    const expected = Object.entries(lists).map(([coordinate, { length }]) => [coordinate, length] as const);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
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
    const shape = { entity, target, keyColumns, columns, order, maxRowsPerKey };
    const byColumn = keyColumns.map((_, column) => keys.map((key) => key[column] ?? ''));
    const request = { requestId: 'r', shape, keys: byColumn };
    return connector.read(request, AbortSignal.timeout(20_000));
  }
});

/** Everybody's key, or that of every household, dwelling, building or grid. */
function keysOf({ coordinate, connect }: ContractRead): readonly (readonly string[])[] {
  const [entity = ''] = graphSections.get(coordinate.split('.')[0] ?? '')?.split('.') ?? [
    coordinate.split('.')[0],
  ];
  if (connect.key.some(({ from }) => from.kind === 'entityKey')) return placeKeys(entity).map((key) => [key]);
  if (coordinate === 'PoliceResidence.livesAlone') return placeKeys('Dwelling').map((key) => [key]);
  if (connect.key.some(({ from }) => from.kind === 'field')) return police.t_hjh.map(({ hh }) => [hh]);
  return people.map(({ identifier: { type, value } }) =>
    connect.key.map(({ from, codes }) => (from.kind === 'identifierType' ? (codes?.[type] ?? '') : value)),
  );
}

function placeKeys(entity: string): readonly string[] {
  switch (entity) {
    case 'Household':
      return police.t_hjh.map(({ hh }) => hh);
    case 'Dwelling':
      return places.dwellings.map(({ code }) => code);
    case 'Building':
      return places.buildings.map(({ code }) => code);
    default:
      return places.grids.map(({ code }) => code);
  }
}

function knownTo(department: DepartmentName): ReadonlySet<string> {
  const missing = new Set(facts.missing[department]);
  return new Set(people.map(({ id }) => id).filter((id) => !missing.has(id)));
}
