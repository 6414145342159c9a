/** Names longer than this are compared with nothing: the work is the product of two lengths. */
const maxLength = 80;

/**
 * The candidate that somebody who wrote `name` most likely meant, or undefined if none is near. `name` may be attacker-controlled;
 * `candidates` must be what whoever reads the answer may know.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined;
  let nearest: string | undefined;
  let least = Math.floor(name.length * 0.4) + 1;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > maxLength) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance >= least && !(nearest === undefined && distance === least)) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Letters added, left out, replaced or swapped with their neighbour (optimal string alignment); any number above `max` for more. */
function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const cheapest = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(isSwapped ? Math.min(cheapest, at(beforeLast, j - 2) + 1) : cheapest);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
