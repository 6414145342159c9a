import { isIPv4, isIPv6 } from 'node:net';

/**
 * The part of an address that one party holds, for counting: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address
 * of a /64 has 2^64 of them. What is no address (a proxy passes on what it was told) is one bucket for all.
 */
export function addressBucket(address: string): string {
  const text = address.replace(/%.*$/, '').toLowerCase();
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return 'unknown';
  const groups = expand(text);
  const [high = 0, low = 0] = groups.slice(6);
  // ::ffff:a.b.c.d is how a listener for both families shows an IPv4 caller.
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function expand(text: string): readonly number[] {
  const [head = '', tail] = text.split('::');
  const before = parseGroups(head);
  if (tail === undefined) return before;
  const after = parseGroups(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
