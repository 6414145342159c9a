import type { IdentifierType, ResidentIdentifier } from '../../src/resident/identifier.ts';
import type { Day } from './calendar.ts';
import { completeId } from './citizen-ids.ts';
import type { Divisions } from './divisions.ts';
import type { Sex } from './names.ts';
import type { Couple, FixedName, Household, Person, Registration } from './person.ts';

interface FixedRow {
  readonly fixed: FixedName;
  readonly name: string;
  readonly sex: Sex;
  readonly birthDate: Day;
  readonly identifier: ResidentIdentifier;
  readonly ethnicity?: string;
  /** Index into `homes`. */
  readonly home: number;
  readonly registration?: Registration;
}

const homes: readonly { readonly number?: string; readonly division: string; readonly house: string }[] = [
  { number: '002000001', division: '330106002051', house: '保俶路88号3幢2单元501室' },
  { number: '004000001', division: '330106004061', house: '文三路210号6幢1单元302室' },
  { number: '009000001', division: '330106009004', house: '留下大街17号1幢1单元201室' },
  { number: '008000001', division: '330106008205', house: '36号' },
  { number: '102000001', division: '330102001051', house: '清波街12号2幢1单元103室' },
  { number: '013000001', division: '330106013014', house: '丰潭路301号11幢2单元702室' },
  { number: '109000001', division: '330106109015', house: '古墩路701号5幢3单元1101室' },
  { number: '010000001', division: '330106010013', house: '象山路352号4幢2单元404室' },
  { division: '330106007004', house: '益乐路25号9幢1单元603室' },
  { division: '330106012007', house: '玉古路1号2幢2单元202室' },
];

const rows: readonly FixedRow[] = [
  row('everywhere', '沈国强', '1', '33010619800315905', 0),
  row('spouse', '林晓芸', '2', '33010219820722906', 0),
  row('child', '沈沐宸', '1', '33010620160508907', 0),
  row('divorcedMother', '吴敏华', '2', '33010619851103908', 1),
  row('sealedMinor', '周子轩', '1', '33010620110912911', 1),
  row('lowerX', '周立群', '1', '33010619830406959', 2),
  row('oldCard', '郑福根', '1', '33010619550214913', 3),
  row('centenarian', '钱桂英', '2', '33010619250405998', 3),
  row('outsider', '欧阳丽君', '2', '33010219911001914', 4),
  row('fullWidth', '冯建华', '1', '33010619720630915', 5),
  row('wrongDate', '蒋晓东', '1', '33068119900228917', 6),
  row('unknownCode', '何静', '2', '33010619880117918', 6),
  { ...row('minorityName', '阿卜杜热合曼·买买提', '1', '65310119880609919', 7), ethnicity: '05' },
  { ...row('unsettled', '许佳怡', '2', '33010620041225920', 7), registration: 'UNSETTLED' },
  { ...row('floating', '李志远', '1', '34122619950818921', 8), registration: 'FLOATING' },
  foreign('passportOnly', 'ANNA SAMPLE', '2', '19900101', { type: 'PASSPORT', value: 'ZZ4140001' }),
  foreign('hongKong', '何嘉敏', '2', '19850911', permit('RESIDENCE_PERMIT_HMT', '81000019850911924')),
  foreign(
    'permanentResident',
    'DAVID EXAMPLE',
    '1',
    '19790611',
    permit('PERMANENT_RESIDENCE_ID', '93384019790611925'),
  ),
];

/** A valid id that no department knows. */
export const nobody: ResidentIdentifier = { type: 'CITIZEN_ID', value: completeId('33010619990909995') };

/** The smallest population: the documented residents alone. */
export const fixedCount = rows.length;

export function createFixedResidents(divisions: Divisions): {
  readonly people: readonly Person[];
  readonly couples: readonly Couple[];
} {
  const households = homes.map(({ division, house, ...home }) => {
    const { street, name, isVillage } = divisions.committee(division);
    const place = isVillage ? name.replace(/村?委会$/, '村') : name;
    return { ...home, division, address: `${street}${place}${house}`, members: [] as Person[] };
  });
  const people = rows.map((entry) => createPerson(entry, households));
  const named = (fixed: FixedName) => require(people.find((person) => person.fixed === fixed));
  const couples: Couple[] = [
    { husband: named('everywhere'), wife: named('spouse'), marriedOn: '20091018' },
    {
      husband: named('lowerX'),
      wife: named('divorcedMother'),
      marriedOn: '20080808',
      divorcedOn: '20180604',
    },
  ];
  return { people, couples };
}

function createPerson(entry: FixedRow, households: readonly (Household & { members: Person[] })[]): Person {
  const household = require(households[entry.home]);
  const { identifier, name, sex, birthDate, ethnicity = '01', registration = 'FAMILY', fixed } = entry;
  const person = {
    identifier,
    id: identifier.value,
    name,
    sex,
    birthDate,
    ethnicity,
    registration,
    household,
    fixed,
  };
  household.members.push(person);
  return person;
}

/** With an ordinary citizen id, given by its first 17 digits. */
function row(fixed: FixedName, name: string, sex: Sex, digits: string, home: number): FixedRow {
  const identifier: ResidentIdentifier = { type: 'CITIZEN_ID', value: completeId(digits) };
  return { fixed, name, sex, birthDate: digits.slice(6, 14), identifier, home };
}

/** Without household registration: known by another document. */
function foreign(
  fixed: FixedName,
  name: string,
  sex: Sex,
  birthDate: Day,
  identifier: ResidentIdentifier,
): FixedRow {
  return { fixed, name, sex, birthDate, identifier, home: 9, registration: 'NONE' };
}

/** Permits have the structure of GB 11643 and its check character. */
function permit(type: IdentifierType, digits: string): ResidentIdentifier {
  return { type, value: completeId(digits) };
}

function require<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the table of fixed residents is inconsistent');
  return value;
}
