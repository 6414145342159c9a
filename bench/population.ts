import { completeId } from '../examples/population/citizen-ids.ts';

/** What the four departments store of one synthetic person; absent where a department does not know them. */
export interface StoredPerson {
  readonly citizenId: string;
  readonly police?: Readonly<Record<(typeof policeColumns)[number], string>>;
  readonly civilAffairs?: Readonly<Record<(typeof civilAffairsColumns)[number], string | number>>;
  readonly socialSecurity?: Readonly<Record<string, unknown>>;
  readonly justice?: Readonly<Record<string, unknown>>;
}

export const policeColumns = ['gmsfhm', 'xm', 'xbdm', 'csrq', 'hklb', 'qhdm', 'hjdz', 'lxdh'] as const;
export const civilAffairsColumns = [
  'id_card',
  'real_name',
  'marital_code',
  'assist_kind',
  'assist_fen',
] as const;

/** Nobody real: one made-up person for each number, always the same. */
export function createPeople(count: number): readonly StoredPerson[] {
  return Array.from({ length: count }, (_, number) => createPerson(number));
}

const surnames = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨'];
const givenNames = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平'];
const streets = ['北山街道', '西溪街道', '翠苑街道', '灵隐街道', '文新街道'];

function createPerson(number: number): StoredPerson {
  const birthDate = birthDateOf(number);
  // 96 sequence codes for each day: nobody has another's id, not even in its old form of 15 digits.
  const citizenId = completeId(`330106${birthDate}${900 + (number % 96)}`);
  const name = `${pick(surnames, number)}${pick(givenNames, number)}${pick(givenNames, number * 7 + 3)}`;
  return {
    citizenId,
    police: policeRow(number, citizenId, name, birthDate),
    ...(number % 10 === 9 ? {} : { civilAffairs: civilAffairsRow(number, citizenId, name) }),
    ...(number % 7 === 6 ? {} : { socialSecurity: socialSecurityRow(number, citizenId) }),
    ...(number % 3 === 2 ? {} : { justice: justiceRow(number, citizenId, name) }),
  };
}

function birthDateOf(number: number): string {
  const day = Math.floor(number / 96);
  const [month, date] = [1 + (Math.floor(day / 28) % 12), 1 + (day % 28)];
  return `${1950 + (number % 48)}${String(month).padStart(2, '0')}${String(date).padStart(2, '0')}`;
}

function policeRow(
  number: number,
  citizenId: string,
  xm: string,
  csrq: string,
): NonNullable<StoredPerson['police']> {
  return {
    gmsfhm: storedForm(number, citizenId),
    xm,
    xbdm: number % 2 === 0 ? '2' : '1',
    csrq,
    hklb: pick(['01', '02', '03'], number),
    qhdm: `33010600${1 + (number % 9)}00${number % 10}`,
    hjdz: `浙江省杭州市西湖区${pick(streets, number)}莲花新村${1 + (number % 80)}幢${1 + (number % 4)}单元${101 + (number % 9) * 100}室`,
    lxdh: `138${String(10_000_000 + number * 37).slice(-8)}`,
  };
}

/** Old registers hold some numbers as they were issued before 1999, and some with a small x. */
function storedForm(number: number, citizenId: string): string {
  if (number % 25 === 24) return `${citizenId.slice(0, 6)}${citizenId.slice(8, 17)}`;
  return number % 2 === 1 ? citizenId.replace('X', 'x') : citizenId;
}

function civilAffairsRow(
  number: number,
  citizenId: string,
  name: string,
): NonNullable<StoredPerson['civilAffairs']> {
  return {
    id_card: citizenId,
    real_name: name,
    marital_code: pick(['10', '20', '22', '30', '40'], number),
    assist_kind: pick(['N', 'N', 'N', 'A', 'B'], number),
    assist_fen: number % 5 < 3 ? 0 : 110_000 + (number % 30) * 1_000,
  };
}

function socialSecurityRow(number: number, citizenId: string): Readonly<Record<string, unknown>> {
  return {
    aac002: number % 2 === 1 ? citizenId.replace('X', 'x') : citizenId,
    aac031: pick(['1', '1', '1', '2', '3'], number),
    unit: { aab004: `杭州第${1 + (number % 300)}示例科技有限公司` },
    aac049: `${1990 + (number % 30)}${String(1 + (number % 12)).padStart(2, '0')}`,
    aae180: 481_200 + (number % 1_000) * 1_700,
  };
}

function justiceRow(number: number, citizenId: string, name: string): Readonly<Record<string, unknown>> {
  return {
    __typename: 'Person',
    idNumber: citizenId,
    fullName: name,
    legalAid: { count: number % 4 },
    lastAcceptedOn: number % 2 === 0 ? null : `202${number % 6}-0${1 + (number % 9)}-1${number % 10}`,
  };
}

function pick<T>(values: readonly T[], number: number): T {
  const value = values[number % values.length];
  if (value === undefined) throw new TypeError('there is nothing to pick from');
  return value;
}
