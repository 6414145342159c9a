import { isCitizenId, toCitizenId18 } from './citizen-id.ts';
import { toHalfWidth } from './width.ts';

/** 证件种类, as `IdentifierType` in `schema/core/resident.graphql`. `RESIDENT_ID` is the hub's own and resolved elsewhere. */
export type IdentifierType = 'CITIZEN_ID' | 'RESIDENCE_PERMIT_HMT' | 'PERMANENT_RESIDENCE_ID' | 'PASSPORT';

/** In canonical form: equal residents' identifiers of one type are equal texts. */
export interface ResidentIdentifier {
  readonly type: IdentifierType;
  readonly value: string;
}

/** The longest form is a passport number of 20; the rest is room for blanks around it. */
const maxLength = 64;

/** 港澳台居民居住证: area codes for Hong Kong, Macao and Taiwan, then the structure of GB 11643. */
const hmtPermit = /^8[123]0000/;
/** 2023 five-star card (五星卡): from 9, then the structure of GB 11643. */
const permanentResidence18 = /^9/;
/** Card before 2023: country code and 12 digits. */
const permanentResidence15 = /^[A-Z]{3}\d{12}$/;
const passport = /^[A-Z0-9]{5,20}$/;

/**
 * Brings what a caller wrote into canonical form: without blanks around it, half width, upper case, 18 characters.
 * Undefined if the form or the check character is wrong; whether the person exists is not its business. Accepts hostile
 * text; long input is refused before it is looked at.
 */
export function parseIdentifier(input: {
  readonly type: string;
  readonly value: string;
}): ResidentIdentifier | undefined {
  // Nearly all of them, a thousand in one request.
  if (input.type === 'CITIZEN_ID' && isCitizenId(input.value))
    return { type: input.type, value: input.value };
  if (!Object.hasOwn(canonicalForms, input.type) || input.value.length > maxLength) return undefined;
  // hasOwn was just asked, so the text is one of the table's keys.
  const type = input.type as IdentifierType;
  const value = canonicalForms[type](toHalfWidth(input.value).trim());
  return value === undefined ? undefined : { type, value };
}

const canonicalForms: Readonly<Record<IdentifierType, (text: string) => string | undefined>> = {
  CITIZEN_ID: (text) => toCitizenId18(text) ?? checked(text),
  RESIDENCE_PERMIT_HMT: (text) => (hmtPermit.test(text) ? checked(text) : undefined),
  PERMANENT_RESIDENCE_ID: canonicalPermanentResidence,
  PASSPORT: (text) => matching(text.toUpperCase(), passport),
};

function canonicalPermanentResidence(text: string): string | undefined {
  return permanentResidence18.test(text) ? checked(text) : matching(text.toUpperCase(), permanentResidence15);
}

function checked(text: string): string | undefined {
  const value = text.endsWith('x') ? `${text.slice(0, -1)}X` : text;
  return isCitizenId(value) ? value : undefined;
}

function matching(value: string, form: RegExp): string | undefined {
  return form.test(value) ? value : undefined;
}
