import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Receipt } from '../../src/audit/entry.ts';
import { encodeAnswer, spliceReceipt } from '../../src/request/splice-receipt.ts';

const receipt: Receipt = {
  origin: 'test/access',
  index: '18446744073709551615',
  eventId: 'e',
  leafHash: 'h=',
  at: '2026-01-01T00:00:00.000Z',
  replica: 'hub-1',
  alg: 'ed25519+sha256-rfc6962',
  signature: 's"}}',
};

const members = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });

/** As JSON.parse makes it: with own members whatever their names. */
function parsed(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}

function splice(text: string, options: { hasExtensions: boolean }): unknown {
  return JSON.parse(spliceReceipt(encodeAnswer(text), receipt, options).toString('utf8'));
}

it('the answer with its extensions is the same answer, with the receipt in its extensions', () => {
  fc.assert(
    fc.property(
      members,
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 4 }),
      fc.constantFrom('', ' ', '\n', '\r\n\t'),
      (body, extensions, blanks) => {
        const { extensions: _, ...rest } = parsed(body);
        const text = `${JSON.stringify({ ...rest, last: 0 }).slice(0, -1)},"extensions":${JSON.stringify(extensions)}}${blanks}`;
        const spliced = splice(text, { hasExtensions: true });
        const original = JSON.parse(text);
        expect(spliced).toEqual({ ...original, extensions: { ...original.extensions, receipt } });
      },
    ),
  );
});

it('an answer without extensions gets some', () => {
  fc.assert(
    fc.property(members, fc.constantFrom('', '\n'), (body, blanks) => {
      const { extensions: _, ...rest } = parsed(body);
      const text = JSON.stringify(rest) + blanks;
      expect(splice(text, { hasExtensions: false })).toEqual({
        ...JSON.parse(text),
        extensions: { receipt },
      });
    }),
  );
});

it('an answer that ends in nested objects without extensions is not mistaken for one with them', () => {
  const text = '{"data":{"a":{"b":{}}}}';
  expect(splice(text, { hasExtensions: false })).toEqual({
    data: { a: { b: {} } },
    extensions: { receipt },
  });
});

it('the bytes that are committed to are those of the text, and a receipt of any length fits behind them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(5_000), (text, length) => {
      const json = JSON.stringify({ text });
      const answer = encodeAnswer(json);
      expect(answer.bytes.equals(Buffer.from(json, 'utf8'))).toBe(true);
      const long = { ...receipt, signature: 'é'.repeat(length) };
      const spliced = spliceReceipt(answer, long, { hasExtensions: false });
      expect(JSON.parse(spliced.toString('utf8'))).toEqual({ text, extensions: { receipt: long } });
    }),
  );
});
