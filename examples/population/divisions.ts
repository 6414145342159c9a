import type { Random } from './random.ts';
import { district, streetTable } from './street-table.ts';

/** 社区 or 村委会: the smallest division of the code, to which a registered household belongs. */
export interface Committee {
  /** 12 digits. */
  readonly code: string;
  readonly name: string;
  /** `浙江省杭州市西湖区北山街道` */
  readonly street: string;
  readonly roads: readonly string[];
  readonly isVillage: boolean;
}

export interface Divisions {
  /** Of the district that the demo departments serve. */
  readonly committees: readonly Committee[];
  /** Of other districts of the city: the police's register is the whole city's. */
  readonly elsewhere: readonly Committee[];
  committee(code: string): Committee;
}

const elsewhere: readonly Committee[] = [
  committeeElsewhere('330102001051', '清波门社区', '上城区清波街道', '清波街'),
  committeeElsewhere('330105001051', '夹城巷社区', '拱墅区米市巷街道', '湖墅南路'),
  committeeElsewhere('330108001001', '西陵社区', '滨江区西兴街道', '西兴路'),
  committeeElsewhere('330110005001', '顾家桥社区', '余杭区五常街道', '五常大道'),
];

/**
 * Counties outside the district in which residents were first registered, by weight. The first six digits of an id are
 * these and never say where somebody lives today.
 */
export const otherCounties: readonly (readonly [string, number])[] = [
  ['330102', 8],
  ['330105', 8],
  ['330108', 3],
  ['330109', 8],
  ['330110', 7],
  ['330122', 3],
  ['330127', 3],
  ['330182', 3],
  ['330281', 3],
  ['330483', 2],
  ['330681', 5],
  ['330683', 3],
  ['330782', 3],
  ['331127', 1],
];

/** Where the floating population (流动人口) comes from. */
export const farCounties: readonly (readonly [string, number])[] = [
  ['341226', 4],
  ['340104', 2],
  ['360102', 2],
  ['410105', 3],
  ['330902', 1],
];

export function createDivisions(): Divisions {
  const committees = streetTable.flatMap((street) =>
    street.committees.split(/\s+/).map((entry) => ({
      code: `${street.code}${entry.slice(0, 3)}`,
      name: entry.slice(3),
      street: `${district.full}${street.name}`,
      roads: street.roads.split(' '),
      isVillage: entry.endsWith('村委会') || entry.endsWith('村'),
    })),
  );
  const byCode = new Map([...committees, ...elsewhere].map((committee) => [committee.code, committee]));
  return { committees, elsewhere, committee: (code) => required(byCode.get(code), code) };
}

/** A made-up dwelling in a committee's area. */
export function createAddress(committee: Committee, random: Random): string {
  if (committee.isVillage) {
    const village = committee.name.replace(/村?委会$/, '村');
    return `${committee.street}${village}${random.integer(1, 280)}号`;
  }
  const flat = `${random.integer(1, 18)}0${random.integer(1, 4)}室`;
  const house = `${random.pick(committee.roads)}${random.integer(1, 399)}号${random.integer(1, 30)}幢`;
  return `${committee.street}${committee.name}${house}${random.integer(1, 4)}单元${flat}`;
}

function committeeElsewhere(code: string, name: string, street: string, road: string): Committee {
  return { code, name, street: `浙江省杭州市${street}`, roads: [road], isVillage: false };
}

function required(committee: Committee | undefined, code: string): Committee {
  if (!committee) throw new TypeError(`no committee has the code ${code}`);
  return committee;
}
