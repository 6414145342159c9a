import type { FactBook } from './facts.ts';
import type { Person } from './person.ts';
import type { Places } from './places.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** 实有人口居住登记. */
export interface ResidenceRow {
  readonly gmsfhm: string;
  readonly fwbm: string;
  readonly qhdm: string;
  readonly rzrq: string;
  readonly gxsj: string;
}

/** 标准地址库: 户室. */
export interface DwellingRow {
  readonly fwbm: string;
  readonly bzdzbm: string;
  readonly bzdz: string;
  readonly ldbm: string;
  readonly lc: number;
  readonly sh: string;
  readonly qhdm: string;
}

/** 标准地址库: 楼栋. */
export interface BuildingRow {
  readonly ldbm: string;
  readonly mc: string;
  readonly dz: string;
  readonly cs: number;
  readonly jd: number;
  readonly wd: number;
  readonly qhdm: string;
}

const residenceKeys: KeyHabit = {
  department: 'police',
  table: 't_jzxx',
  forms: [{ form: 'LOWER_X', share: 0.4, fixed: 'lowerX' }],
};

/** Who lives where, as far as they have a citizen id. */
export function residenceRows(
  people: readonly Person[],
  places: Places,
  { random, facts }: { readonly random: Random; readonly facts: FactBook },
): ResidenceRow[] {
  return people.flatMap((person) => {
    const dwelling = person.identifier.type === 'CITIZEN_ID' ? places.dwellingOf(person) : undefined;
    if (!dwelling) return [];
    const own = random.fork(`residences/${person.id}`);
    return [
      {
        gmsfhm: storeKey(person, residenceKeys, own, facts),
        fwbm: dwelling.code,
        qhdm: dwelling.building.division,
        rzrq: `${own.integer(2005, 2025)}0${own.integer(1, 9)}15`,
        gxsj: `20260${own.integer(1, 6)}15093000`,
      },
    ];
  });
}

export function dwellingRows({ dwellings }: Places): DwellingRow[] {
  return dwellings.map(({ code, addressCode, address, building, floor, room }) => ({
    fwbm: code,
    bzdzbm: addressCode,
    bzdz: address,
    ldbm: building.code,
    lc: floor,
    sh: room,
    qhdm: building.division,
  }));
}

export function buildingRows({ buildings }: Places): BuildingRow[] {
  return buildings.map(({ code, name, address, floors, longitude, latitude, division }) => ({
    ldbm: code,
    mc: name,
    dz: address,
    cs: floors,
    jd: longitude,
    wd: latitude,
    qhdm: division,
  }));
}
