import { citizenCheckCharacter } from '../../src/resident/citizen-id.ts';

/** The citizen id of the n-th resident of the tests: Hangzhou, born 1990-05-06 (or as said), right check character. */
export function citizenId(n = 1, birth = '19900506'): string {
  const area = 330106 + Math.floor(n / 999);
  const digits = `${area}${birth}${String(n % 999).padStart(3, '0')}`;
  return `${digits}${citizenCheckCharacter(digits)}`;
}

export function citizenIds(count: number): string[] {
  return Array.from({ length: count }, (_, n) => citizenId(n + 1));
}

/** Identifiers as the API takes them. */
export function identifiers(values: readonly string[]): { value: string }[] {
  return values.map((value) => ({ value }));
}
