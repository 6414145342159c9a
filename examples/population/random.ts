/** Repeatable chance: the same seed and label give the same choices on every machine. Not for secrets. */
export interface Random {
  /** From 0 inclusive to 1 exclusive. */
  next(): number;
  /** Both ends inclusive. */
  integer(min: number, max: number): number;
  isChosen(probability: number): boolean;
  /** One of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** One of a non-empty table of values and weights. */
  pickWeighted<T>(table: readonly (readonly [T, number])[]): T;
  /** A stream of its own, so that a choice more in one register changes nothing in another. */
  fork(label: string): Random;
}

export function createRandom(seed: number, label = ''): Random {
  return new Sfc32(seed, label);
}

/** sfc32 (PractRand), seeded by FNV-1a over seed and label. A class, because a population makes tens of thousands. */
class Sfc32 implements Random {
  private readonly seed: number;
  private readonly label: string;
  private a: number;
  private b = 0x9e3779b9;
  private c = 0x243f6a88;
  private counter = 1;

  constructor(seed: number, label: string) {
    this.seed = seed;
    this.label = label;
    this.a = hash(`${seed}/${label}`);
    for (let round = 0; round < 12; round++) this.next();
  }

  next(): number {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return (result >>> 0) / 2 ** 32;
  }

  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  isChosen(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return itemAt(items, this.integer(0, items.length - 1));
  }

  pickWeighted<T>(table: readonly (readonly [T, number])[]): T {
    return pickWeighted(table, this.next());
  }

  fork(label: string): Random {
    return new Sfc32(this.seed, `${this.label}/${label}`);
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value | 0;
}

function itemAt<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length) throw new TypeError('nothing to pick from an empty list');
  // The index was just compared with the length, and T itself may include undefined.
  return items[index] as T;
}

function pickWeighted<T>(table: readonly (readonly [T, number])[], chance: number): T {
  let rest = chance * table.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of table) {
    rest -= weight;
    if (rest < 0) return value;
  }
  return itemAt(table, table.length - 1)[0];
}
