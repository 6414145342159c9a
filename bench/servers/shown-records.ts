/** Rows of the departments, decoded and masked by hand as the agreements of the bench say. */

export interface PoliceRow {
  readonly gmsfhm: string;
  readonly xm: string | null;
  readonly xbdm: string | null;
  readonly csrq: string | null;
  readonly hklb: string | null;
  readonly qhdm: string | null;
  readonly hjdz: string | null;
  readonly lxdh: string | null;
}

export interface CivilAffairsRow {
  readonly id_card: string;
  readonly real_name: string | null;
  readonly marital_code: string | null;
  readonly assist_kind: string | null;
  readonly assist_fen: number | null;
}

export interface SocialSecurityRow {
  readonly aac002: string;
  readonly aac031: string | null;
  readonly unit: { readonly aab004: string | null } | null;
  readonly aac049: string | null;
  readonly aae180: number | null;
}

export interface JusticeRow {
  readonly idNumber: string;
  readonly fullName: string | null;
  readonly legalAid: { readonly count: number | null } | null;
  readonly lastAcceptedOn: string | null;
}

type Codes = Readonly<Record<string, string>>;
const sexes: Codes = { 0: 'UNKNOWN', 1: 'MALE', 2: 'FEMALE', 9: 'UNSTATED' };
const registrationTypes: Codes = { '01': 'FAMILY', '02': 'COLLECTIVE', '03': 'UNSETTLED' };
const maritalStatuses: Codes = {
  10: 'UNMARRIED',
  20: 'MARRIED',
  21: 'MARRIED',
  22: 'MARRIED',
  23: 'MARRIED',
  30: 'WIDOWED',
  40: 'DIVORCED',
  90: 'UNSTATED',
};
const assistanceKinds: Codes = { A: 'URBAN', B: 'RURAL', N: 'NONE' };
const statuses: Codes = { 1: 'INSURED', 2: 'SUSPENDED', 3: 'TERMINATED' };

export function toPolice(row: PoliceRow) {
  return {
    name: maskName(row.xm),
    sex: decode(sexes, row.xbdm),
    birthDate: row.csrq === null ? null : row.csrq.slice(0, 4),
    registrationType: decode(registrationTypes, row.hklb),
    divisionCode: trimmed(row.qhdm),
    address: trimmed(row.hjdz),
    phone: maskPhone(row.lxdh),
  };
}

export function toCivilAffairs(row: CivilAffairsRow) {
  return {
    name: maskName(row.real_name),
    maritalStatus: decode(maritalStatuses, row.marital_code),
    assistance: decode(assistanceKinds, row.assist_kind),
    monthlyYuan: yuan(row.assist_fen),
  };
}

export function toSocialSecurity(row: SocialSecurityRow) {
  return {
    status: decode(statuses, row.aac031),
    employer: trimmed(row.unit?.aab004),
    firstInsuredMonth: row.aac049 === null ? null : `${row.aac049.slice(0, 4)}-${row.aac049.slice(4, 6)}`,
    baseYuan: yuan(row.aae180),
  };
}

export function toJustice(row: JusticeRow) {
  return {
    name: maskName(row.fullName),
    legalAidCount: row.legalAid?.count ?? null,
    lastAcceptedOn: row.lastAcceptedOn,
  };
}

function decode(codes: Codes, stored: string | null): string | null {
  return stored === null ? null : (codes[stored.trim()] ?? null);
}

function trimmed(text: string | null | undefined): string | null {
  return text?.trim() || null;
}

function maskName(name: string | null): string | null {
  const text = trimmed(name);
  return text === null ? null : text.length < 2 ? '***' : `${text.charAt(0)}**`;
}

function maskPhone(phone: string | null): string | null {
  const text = trimmed(phone);
  if (text === null) return null;
  return /^1\d{10}$/.test(text) ? `${text.slice(0, 3)}****${text.slice(7)}` : '***';
}

function yuan(fen: number | null): number | null {
  return fen === null ? null : fen / 100;
}
