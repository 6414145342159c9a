import type { KeyForm } from '../../../src/connectors/connector.ts';
import { citizenCheckCharacter, toCitizenId15 } from '../../../src/resident/citizen-id.ts';
import { toFullWidth } from '../../../src/resident/width.ts';

/** One row of the department's table of persons, as it is stored. */
export interface PersonRow {
  readonly id_no: string;
  readonly full_name: string | null;
  readonly region: string | null;
  readonly score: number | null;
  readonly note: string | null;
}

/** One row of the department's list of events of persons. */
export interface EventRow {
  readonly id_no: string;
  readonly happened: string | null;
  readonly kind: string;
  readonly sealed: string;
}

export interface Fixture {
  readonly people: readonly PersonRow[];
  readonly events: readonly EventRow[];
}

/** A valid id by a number of one's own choice, born 19xx. */
export function idOf(number: number): string {
  const day = String(1 + (number % 28)).padStart(2, '0');
  const month = String(1 + (number % 12)).padStart(2, '0');
  const digits = `${110101 + (number % 17)}19${60 + (number % 39)}${month}${day}${String(number % 990).padStart(3, '0')}`;
  return `${digits}${citizenCheckCharacter(digits)}`;
}

/** The first id after the number whose check character is X. */
export function idWithX(number: number): string {
  for (let next = number; ; next++) if (idOf(next).endsWith('X')) return idOf(next);
}

/** Somebody under each stored form, and the forms that find them. */
export const storedPeople: readonly {
  readonly what: string;
  readonly id: string;
  readonly stored: string;
  readonly forms: readonly KeyForm[];
}[] = [
  { what: 'in canonical form', id: idOf(1), stored: idOf(1), forms: [] },
  { what: 'with 15 digits', id: idOf(2), stored: id15(2), forms: ['CITIZEN_15'] },
  { what: 'with a lower-case x', id: idWithX(3), stored: idWithX(3).toLowerCase(), forms: ['LOWER_X'] },
  { what: 'in full width', id: idOf(40), stored: toFullWidth(idOf(40)), forms: ['FULL_WIDTH'] },
  { what: 'with a blank before it', id: idOf(41), stored: ` ${idOf(41)}`, forms: ['PADDED'] },
  { what: 'with a blank behind it', id: idOf(42), stored: `${idOf(42)} `, forms: ['PADDED'] },
  { what: 'filled up to 20 characters', id: idOf(43), stored: idOf(43).padEnd(20), forms: ['PADDED'] },
  {
    what: 'with 15 digits filled up to 20',
    id: idOf(44),
    stored: id15(44).padEnd(20),
    forms: ['CITIZEN_15', 'PADDED'],
  },
  {
    what: 'with a full-width x',
    id: idWithX(60),
    stored: toFullWidth(idWithX(60).toLowerCase()),
    forms: ['LOWER_X', 'FULL_WIDTH'],
  },
];

export const allForms: readonly KeyForm[] = ['CITIZEN_15', 'LOWER_X', 'FULL_WIDTH', 'PADDED'];

export const ambiguousId = idOf(100);
export const repeatedId = idOf(101);
export const emptyId = idOf(102);
export const oddId = idOf(103);
export const absentId = idOf(104);
export const eventfulId = idOf(105);
export const quietId = idOf(106);
export const crowdIds: readonly string[] = Array.from({ length: 1000 }, (_, i) => idOf(1000 + i * 7));

export const oddName = '𠮷野·"\\\'%_；--\t阿不都';

export const fixture: Fixture = {
  people: [
    ...storedPeople.map(({ stored }, i) => person(stored, i)),
    { id_no: ambiguousId, full_name: '欧阳甲', region: '110105', score: 1, note: '乙方备注' },
    { id_no: ambiguousId, full_name: '欧阳乙', region: '110105', score: 2, note: '丙方备注' },
    person(repeatedId, 31),
    person(repeatedId, 31),
    { id_no: emptyId, full_name: null, region: null, score: null, note: null },
    { id_no: oddId, full_name: oddName, region: '110108', score: -7, note: '' },
    person(eventfulId, 33),
    person(quietId, 34),
    ...crowdIds.map((id, i) => person(id, 1000 + i)),
  ],
  events: [
    event(eventfulId, '20200105', 'marriage', 'N'),
    event(eventfulId, '20240105', 'divorce', 'N'),
    event(eventfulId, null, 'unknown-day', 'N'),
    event(eventfulId, '20220105', 'marriage', 'Y'),
    event(eventfulId, '20180105', 'marriage', 'N'),
    event(quietId, '20210601', 'fine', 'Y'),
    event(crowdIds[0] ?? '', '20210602', 'fine', 'N'),
  ],
};

/** Every text that may not turn up in an error: the fixture's own values. */
export const secretValues: readonly string[] = [
  ...fixture.people
    .slice(0, 40)
    .flatMap(({ id_no, full_name, note }) => [id_no.trim(), full_name ?? '', note ?? '']),
].filter((value) => value.length > 2);

function person(id_no: string, number: number): PersonRow {
  return {
    id_no,
    full_name: `某人${number}`,
    region: ['110101', '110105', '320102'][number % 3] ?? null,
    score: number,
    note: `备注之${number}`,
  };
}

function event(id_no: string, happened: string | null, kind: string, sealed: string): EventRow {
  return { id_no, happened, kind, sealed };
}

function id15(number: number): string {
  return toCitizenId15(idOf(number)) ?? '';
}
