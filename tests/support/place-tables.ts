import type { StoredRow, Tables } from './recording-connector.ts';
import { policeRow, sampleTables } from './sample-tables.ts';

export interface Home {
  readonly household: string;
  readonly dwelling: string;
  readonly members: readonly string[];
}

/** What the departments hold of households, dwellings and one building, beside what they hold of the people themselves. */
export function placeTables(homes: readonly Home[], changes: Tables = {}): Tables {
  const ids = homes.flatMap(({ members }) => members);
  const everybody = homes.flatMap((home) => home.members.map((id, n) => person(id, n, home)));
  const dwellings = homes.map(dwellingRow);
  const households = homes.map(householdRow);
  return {
    ...sampleTables(ids),
    PoliceRecord: everybody,
    'PoliceHouseholdRecord.members': everybody,
    PoliceResidence: everybody.map(({ gmsfhm, fwbm, qhdm }) => ({ gmsfhm, fwbm, qhdm, rzrq: '20200102' })),
    'PoliceDwelling.residents': everybody,
    'PoliceResidence.livesAlone': everybody,
    PoliceHouseholdRecord: households,
    'PoliceDwelling.households': households,
    PoliceDwelling: dwellings,
    'PoliceBuilding.dwellings': dwellings,
    PoliceBuilding: [
      {
        ldbm: 'B1',
        mc: '一幢',
        dz: '保俶路88号1幢',
        cs: 18,
        jd: 120.1397,
        wd: 30.2712,
        qhdm: '330106002051',
      },
    ],
    CivilAffairsBuilding: [{ buildingCode: 'B1', gridCode: 'G1', elderlyCanteen: true }],
    CivilAffairsGrid: [{ gridCode: 'G1', name: '上保第一网格', divisionCode: '330106002051' }],
    'CivilAffairsGrid.buildings': [{ gridCode: 'G1', buildingCode: 'B1' }],
    ...changes,
  };
}

function person(id: string, n: number, { household, dwelling }: Home): StoredRow {
  return { ...policeRow(id, n), hh: household, fwbm: dwelling };
}

function householdRow({ household, dwelling, members }: Home, n: number): StoredRow {
  const at = { fwbm: dwelling, hjdz: `保俶路88号1幢${n}室`, qhdm: '330106002051' };
  return { hh: household, hzxm: `户主${n}`, rs: members.length, ...at };
}

function dwellingRow({ dwelling }: Home, n: number): StoredRow {
  const place = { lc: (n % 18) + 1, sh: String(n), bzdz: `保俶路88号1幢${n}室`, bzdzbm: `A${n}` };
  return { fwbm: dwelling, ldbm: 'B1', qhdm: '330106002051', ...place };
}

/** So many homes of so many people each, in one building. */
export function homes(ids: readonly string[], size: number): Home[] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, n) => ({
    household: `00200${String(n).padStart(4, '0')}`,
    dwelling: `FW${String(n).padStart(4, '0')}`,
    members: ids.slice(n * size, (n + 1) * size),
  }));
}
