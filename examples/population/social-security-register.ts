import { asOf, monthsBetween, pad, yearOf, yearsBetween } from './calendar.ts';
import type { FactBook } from './facts.ts';
import { misspell } from './names.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import { type KeyHabit, storeKey } from './stored-keys.ts';

/** As `schema/sources/social-security.graphql` maps it. */
export interface InsuredPerson {
  readonly aac002: string;
  readonly aac003: string;
  readonly aac031: string;
  readonly aab004: string | null;
  /** `yyyyMM` */
  readonly aac049: string;
}

export interface ContributionRow {
  readonly aac002: string;
  /** `yyyyMM`, stored as a number. */
  readonly aae003: number;
  readonly aae140: string;
  /** Both in yuan cents. */
  readonly aae180: number;
  readonly aae082: number;
}

export interface SocialSecurityRegister {
  readonly insured: readonly InsuredPerson[];
  /** Contributions of the last 36 months, by stored key; worked out when asked, for they are a hundred times as many. */
  contributionCount(aac002: string): number;
  contributions(aac002: string): readonly ContributionRow[];
}

/** What contributions follow from. */
interface Account {
  readonly months: readonly string[];
  readonly kinds: readonly Insurance[];
  /** Yuan cents in the first year; it rises in July of each. */
  readonly base: number;
}

interface Insurance {
  readonly code: string;
  /** The person's own share of the base. */
  readonly rate: number;
}

const insurances: readonly Insurance[] = [
  { code: '110', rate: 0.08 },
  { code: '210', rate: 0.005 },
  { code: '310', rate: 0.02 },
  { code: '410', rate: 0 },
];

const lastMonth = '202606';
const months = monthsBetween('202307', lastMonth);

const insuredKeys: KeyHabit = {
  department: 'social-security',
  table: 'insured',
  forms: [
    { form: 'CITIZEN_15', share: 0.03, fixed: 'oldCard' },
    { form: 'LOWER_X', share: 0.3, fixed: 'lowerX' },
  ],
};

const trades = ['科技', '贸易', '建筑', '物业', '餐饮', '文化', '物流', '服饰', '医药', '茶业'];
const brands = [
  '澄湖',
  '栖云',
  '听松',
  '望溪',
  '拾禾',
  '临江',
  '知竹',
  '晴川',
  '远帆',
  '同舟',
  '青岚',
  '半山',
];

interface Parts {
  readonly random: Random;
  readonly facts: FactBook;
}

/** Working people and pensioners, as far as this scheme knows them. */
export function createSocialSecurityRegister(
  people: readonly Person[],
  parts: Parts,
): SocialSecurityRegister {
  const accounts = new Map<string, Account>();
  const insured = people.flatMap((person) => {
    // Chance of their own, so that nobody's rows depend on how many others there are.
    const random = parts.random.fork(person.id);
    if (!isInsured(person, random)) return [];
    const row = insuredPerson(person, { ...parts, random });
    accounts.set(row.aac002, createAccount(row, person, random));
    return [row];
  });
  return {
    insured,
    contributionCount: (aac002) => countOf(accounts.get(aac002)),
    contributions: (aac002) => contributionsOf(aac002, accounts.get(aac002)),
  };
}

function isInsured({ birthDate, registration, fixed }: Person, random: Random): boolean {
  const age = yearsBetween(birthDate, asOf);
  if (fixed === 'minorityName' || fixed === 'unsettled' || registration === 'NONE') return false;
  if (fixed) return age >= 18 && age < 100;
  if (age < 20 || age > 95) return false;
  return random.isChosen(age < 24 ? 0.3 : age < 60 ? 0.85 : 0.6);
}

function insuredPerson(person: Person, { random, facts }: Parts): InsuredPerson {
  const status = storedStatus(person, random, facts);
  const start = Math.min(Math.max(1993, yearOf(person.birthDate) + random.integer(20, 26)), 2025);
  return {
    aac002: storeKey(person, insuredKeys, random, facts),
    aac003: storedName(person, random, facts),
    aac031: status,
    aab004: status === '1' ? employer(random) : null,
    aac049: person.fixed === 'everywhere' ? '200307' : `${start}${pad(random.integer(1, 12))}`,
  };
}

function storedStatus(person: Person, random: Random, facts: FactBook): string {
  const { id, fixed } = person;
  if (fixed ? fixed === 'unknownCode' : random.isChosen(0.001)) {
    facts.unknownCodes.push({
      department: 'social-security',
      table: 'insured',
      id,
      column: 'aac031',
      stored: '8',
    });
    return '8';
  }
  if (yearsBetween(person.birthDate, asOf) >= 60) return '3';
  if (fixed) return fixed === 'divorcedMother' ? '2' : '1';
  return random.isChosen(0.12) ? '2' : '1';
}

function storedName(person: Person, random: Random, facts: FactBook): string {
  const { id, name, fixed } = person;
  const isWrong = fixed ? fixed === 'spouse' : random.isChosen(0.005);
  const stored = isWrong ? (fixed ? '林小芸' : misspell(name)) : undefined;
  if (stored === undefined) return name;
  facts.contradictions.push({
    department: 'social-security',
    table: 'insured',
    id,
    element: 'Resident.name',
    stored,
    expected: name,
  });
  return stored;
}

/** Made up, and says so. */
function employer(random: Random): string {
  return `杭州${random.pick(brands)}${random.pick(trades)}有限公司（示例）`;
}

function createAccount(row: InsuredPerson, person: Person, random: Random): Account {
  const last = row.aac031 === '1' ? lastMonth : row.aac031 === '2' ? `2025${pad(random.integer(1, 12))}` : '';
  const base = random.integer(4_812, 26_000) * 100;
  const isFlexible = !person.fixed && random.isChosen(0.12);
  const kinds = isFlexible ? insurances.filter(({ code }) => code === '110' || code === '310') : insurances;
  const gap = person.fixed || !random.isChosen(0.1) ? undefined : random.pick(months);
  const paid = months.filter((month) => month >= row.aac049 && month <= last && month !== gap);
  return { months: paid, kinds, base };
}

function countOf(account: Account | undefined): number {
  return account ? account.months.length * account.kinds.length : 0;
}

function contributionsOf(aac002: string, account: Account | undefined): ContributionRow[] {
  if (!account) return [];
  return account.months.flatMap((month) => {
    const aae180 = baseIn(month, account.base);
    return account.kinds.map(({ code, rate }) => ({
      aac002,
      aae003: Number(month),
      aae140: code,
      aae180,
      aae082: Math.round(aae180 * rate),
    }));
  });
}

/** Four per cent more from each July. */
function baseIn(month: string, base: number): number {
  const years = Math.floor(
    (Number(month.slice(0, 4)) * 12 + Number(month.slice(4)) - 1 - (2023 * 12 + 6)) / 12,
  );
  return Math.round(base * 1.04 ** years);
}
