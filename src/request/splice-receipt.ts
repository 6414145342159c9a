import type { Receipt } from '../audit/entry.ts';

/**
 * Puts the receipt into the finished bytes, as the last member of `extensions`, so that a large answer is not serialised
 * twice. `payload` is a JSON object.
 */
export function spliceReceipt(
  payload: string,
  receipt: Receipt,
  options: { hasExtensions: boolean },
): string {
  const body = payload.trimEnd();
  const member = `"receipt":${JSON.stringify(receipt)}`;
  if (options.hasExtensions && body.endsWith('}}')) return `${body.slice(0, -2)},${member}}}`;
  if (body === '{}') return `{"extensions":{${member}}}`;
  return `${body.slice(0, -1)},"extensions":{${member}}}`;
}
