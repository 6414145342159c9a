/** An instant (ms since the epoch) as ISO 8601 shows it on a clock in China: UTC+8 all year. For its date and month alone. */
export function inChina(instantMs: number): string {
  return new Date(instantMs + 8 * 3_600_000).toISOString();
}
