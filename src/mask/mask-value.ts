/**
 * One pure function per mask. A mask never decides anything; it is applied where rows leave fetch, so that no
 * resolver, error or log line ever holds the clear value. Values arrive decoded (dates as YYYY-MM-DD).
 */
const masks: Readonly<Record<string, (value: string | number) => string | number | null>> = Object.freeze({
  NAME: maskName,
  CITIZEN_ID: maskCitizenId,
  YEAR: (value) => datePart(value, 4),
  YEAR_MONTH: (value) => datePart(value, 7),
  PHONE: maskPhone,
  ADDRESS: maskAddress,
  BAND: maskBand,
  REDACT: () => hidden,
});

const hidden = '***';

/** The mask of that name; undefined for an unknown one, which the caller must treat as a denial. */
export function findMask(name: string): ((value: string | number) => string | number | null) | undefined {
  return Object.hasOwn(masks, name) ? masks[name] : undefined;
}

/** 张三 → 张**. The number of stars says nothing of the name's length; a name of one character is hidden whole. */
function maskName(value: string | number): string {
  const name = String(value);
  const end = (name.codePointAt(0) ?? 0) > 0xffff ? 2 : 1;
  return name.length > end ? `${name.slice(0, end)}**` : hidden;
}

/** Hides the birth date in the middle of an 18- or 15-digit number; anything else is hidden whole. */
function maskCitizenId(value: string | number): string {
  // Full-width digits, blanks and a small x are how some rows are stored; the mask is the same for all of them.
  const id = String(value).normalize('NFKC').trim().toUpperCase();
  if (/^\d{17}[\dX]$/.test(id)) return `${id.slice(0, 6)}********${id.slice(14)}`;
  if (/^\d{15}$/.test(id)) return `${id.slice(0, 6)}******${id.slice(12)}`;
  return hidden;
}

/** Reduced precision of ISO 8601: YYYY or YYYY-MM. */
function datePart(value: string | number, length: number): string | null {
  const date = String(value);
  return /^\d{4}-\d{2}-\d{2}$/.test(date) ? date.slice(0, length) : null;
}

/** 13812345678 → 138****5678. */
function maskPhone(value: string | number): string {
  const phone = String(value);
  return /^1\d{10}$/.test(phone) ? `${phone.slice(0, 3)}****${phone.slice(7)}` : hidden;
}

/**
 * Addresses are typed by hand, and a house, an estate or a village may be called after a township (水乡苑) or a district (福田小区).
 * So nothing is kept beyond the first character that can belong to a road, a building or a number; where such a character is
 * in the name of a district (路桥区), less is kept than could be.
 */
const plain = String.raw`(?:(?!街(?!道))[^\p{N}路巷弄号幢栋楼室院园苑村社组小])`;
/** Not 镇江市, 萍乡市, 镇海区. */
const township = '(?:街道|[镇乡](?!.?[市县区]))';
const keptParts = [
  new RegExp(`^${plain}{0,40}?${township}`, 'u'),
  new RegExp(`^${plain}{0,30}?(?:[县旗]|(?<!自治)区)`, 'u'),
  new RegExp(`^${plain}{0,20}?市`, 'u'),
];

/** Keeps the address down to the street or township (街道, 镇, 乡), else to the district, else to the city. */
function maskAddress(value: string | number): string {
  const address = String(value);
  for (const part of keptParts) {
    const kept = part.exec(address);
    if (kept) return `${kept[0]}${hidden}`;
  }
  return hidden;
}

/** Every band but the first, which says that there is nothing, holds several values. */
const bands = [
  0, 1, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
];

/** The lower bound of the band that the number lies in. */
function maskBand(value: string | number): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  const lower = bands.findLast((bound) => bound <= value);
  return lower ?? null;
}
