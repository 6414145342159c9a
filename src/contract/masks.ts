import type { MaskKind } from './graph.ts';

/**
 * Which masks a field's type can carry. Most masks give text; YEAR and YEAR_MONTH give a date of reduced precision; BAND
 * gives the lower bound of the number's band, a number. An enum, a Boolean and a month have no form between clear and
 * denied.
 */
export const masksByType: ReadonlyMap<string, readonly MaskKind[]> = new Map([
  ['String', ['NAME', 'CITIZEN_ID', 'PHONE', 'ADDRESS', 'REDACT']],
  ['ID', ['NAME', 'CITIZEN_ID', 'PHONE', 'ADDRESS', 'REDACT']],
  ['Date', ['YEAR', 'YEAR_MONTH']],
  ['Int', ['BAND']],
  ['Float', ['BAND']],
]);
