/** JSON (RFC 8259) as UTF-8 bytes, value after value: no text of the whole is ever made, and nothing is kept of what was written. */
export class ByteWriter {
  #memory: Buffer;
  #length = 0;

  /** `expected` bytes are set aside; it grows where that is too little. */
  constructor(expected: number) {
    this.#memory = Buffer.allocUnsafe(Math.max(expected, 256));
  }

  get length(): number {
    return this.#length;
  }

  /** What was written. The writer is used up. */
  finish(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Finished JSON. */
  raw(bytes: Uint8Array): void {
    const end = this.#reserve(bytes.length) + bytes.length;
    const memory = this.#memory;
    // By loop: names and punctuation are a few bytes, and a copy by the engine costs as much as fifty of them.
    for (let from = 0, to = this.#length; to < end; ) memory[to++] = bytes[from++] ?? 0;
    this.#length = end;
  }

  /** Finished JSON. */
  json(text: string): void {
    const start = this.#reserve(text.length * 3);
    this.#length = start + this.#memory.write(text, start, 'utf8');
  }

  /** A leaf of an answer. NaN and infinities have no form in JSON and are null, as for JSON.stringify. */
  value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (value === null || value === undefined) this.#ascii('null');
    else if (typeof value === 'boolean') this.#ascii(value ? 'true' : 'false');
    else if (typeof value === 'number') this.#ascii(Number.isFinite(value) ? String(value) : 'null');
    else throw new TypeError('a leaf of an answer is a text, a number or a boolean');
  }

  string(text: string): void {
    const start = this.#reserve(text.length * 3 + 2);
    const end = writePlain(this.#memory, start, text);
    if (end < 0) this.json(JSON.stringify(text));
    else this.#length = end;
  }

  #ascii(text: string): void {
    let end = this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#memory[end++] = text.charCodeAt(index);
    this.#length = end;
  }

  /** Makes room for so many bytes and returns where they begin. */
  #reserve(bytes: number): number {
    const needed = this.#length + bytes;
    if (needed > this.#memory.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#memory.length * 2));
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    return this.#length;
  }
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * A text in quotes; returns where it ends, or -1 where something in it has a form of its own. That is left to the library: what must be
 * escaped, and pairs and halves of surrogates, which are rare.
 */
function writePlain(memory: Buffer, start: number, text: string): number {
  let end = start;
  memory[end++] = quote;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) {
      if (code < 0x20 || code === quote || code === backslash) return -1;
      memory[end++] = code;
    } else if (code < 0x800) {
      memory[end++] = 0xc0 | (code >> 6);
      memory[end++] = 0x80 | (code & 0x3f);
    } else {
      if (code >= 0xd800 && code <= 0xdfff) return -1;
      memory[end++] = 0xe0 | (code >> 12);
      memory[end++] = 0x80 | ((code >> 6) & 0x3f);
      memory[end++] = 0x80 | (code & 0x3f);
    }
  }
  memory[end++] = quote;
  return end;
}
