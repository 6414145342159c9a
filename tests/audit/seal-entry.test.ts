import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AccessEntry } from '../../src/audit/entry.ts';
import { leafHash } from '../../src/audit/leaf-hash.ts';
import { openEntry } from '../../src/audit/open-entry.ts';
import { createReceiptSigner } from '../../src/audit/receipt.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { verifyReceipt } from '../../src/audit/verify-receipt.ts';
import { HubError } from '../../src/errors.ts';
import { createMemoryStore } from './faulty-store.ts';
import { entryOf, openLog, receiptKeys } from './support.ts';

const log = { origin: 'hub.example/log', replica: 'r1' };

describe('a sealed record', () => {
  it('opens to the entry that was sealed, with the log and replica that sealed it', () => {
    const entry = entryOf();
    expect(openEntry(sealEntry(entry, log))).toEqual({ isDamaged: false, ...log, entry });
  });

  it('names version, algorithm and salt in its body', () => {
    const body: unknown = JSON.parse(sealEntry(entryOf(), log, 'AAAAAAAAAAAAAAAAAAAAAA==').body.toString());
    expect(body).toMatchObject({ v: 1, alg: 'sha256-rfc6962', salt: 'AAAAAAAAAAAAAAAAAAAAAA==', ...log });
  });

  it('has another leaf each time, so that a guessable record cannot be guessed from its hash', () => {
    const entry = entryOf();
    expect(sealEntry(entry, log).leaf).not.toEqual(sealEntry(entry, log).leaf);
  });

  it('shows every change of a single byte of its body', () => {
    const { body, leaf } = sealEntry(entryOf(), log);
    for (let i = 0; i < body.length; i++) {
      const changed = Buffer.from(body);
      changed[i] = (body[i] ?? 0) ^ (1 << (i % 8));
      expect(openEntry({ body: changed, leaf }), `byte ${i}`).toEqual({ isDamaged: true, damage: 'ALTERED' });
    }
    expect(openEntry({ body: body.subarray(1), leaf })).toMatchObject({ damage: 'ALTERED' });
    expect(openEntry({ body: Buffer.concat([body, Buffer.of(32)]), leaf })).toMatchObject({
      damage: 'ALTERED',
    });
  });

  it.each([
    ['a member given twice', (text: string) => text.replace('{"alg"', '{"alg":"x","alg"')],
    ['blanks', (text: string) => text.replace(',', ', ')],
    ['another algorithm', (text: string) => text.replace('sha256-rfc6962', 'sm3-rfc6962')],
    ['another version', (text: string) => text.replace(/"v":1}$/, '"v":2}')],
    ['a member of another type', (text: string) => text.replace('"status":200', '"status":"200"')],
    ['no JSON', () => 'no record'],
    ['endless nesting', () => '['.repeat(200_000)],
    ['bytes that are no text', () => '\u00ff'],
  ])('is malformed with %s, even when its leaf was made to fit', (_, change) => {
    const text = change(sealEntry(entryOf(), log).body.toString());
    const body = Buffer.from(text, text.length === 1 ? 'latin1' : 'utf8');
    expect(openEntry({ body, leaf: leafHash(body) })).toEqual({ isDamaged: true, damage: 'MALFORMED' });
  });

  it('is damaged where the columns beside it say something else', () => {
    const sealed = sealEntry(entryOf(), log);
    const columns = { eventId: sealed.eventId, at: sealed.at, department: sealed.department };
    expect(openEntry({ ...sealed, columns })).toMatchObject({ isDamaged: false });
    for (const change of [
      { department: 'x' },
      { at: '2026-01-01T00:00:00.000Z' },
      { eventId: entryOf().eventId },
    ]) {
      expect(openEntry({ ...sealed, columns: { ...columns, ...change } })).toMatchObject({
        damage: 'ALTERED',
      });
    }
  });

  it('holds odd text without losing the record', () => {
    const caller = { client: 'c', department: 'd\0\ud800', roles: [], issuer: 'i', tokenId: '\udfff' };
    const sealed = sealEntry(entryOf({ caller }), log);
    expect(sealed.department).toBe('d\ufffd\ufffd');
    const columns = { eventId: sealed.eventId, at: sealed.at, department: sealed.department };
    expect(openEntry({ ...sealed, columns })).toMatchObject({
      isDamaged: false,
      entry: { caller: { department: 'd\0\ufffd', tokenId: '\ufffd' } },
    });
  });

  it('holds 1,000 residents as four departments name them, and 4,096 decisions', () => {
    const subjects = Array.from({ length: 4_000 }, (_, i) => String(i).padStart(22, 'A'));
    const decision = {
      coordinate: 'PoliceRecord.name',
      effect: 'PERMIT',
      rule: 'AGR-2026-0001.v3#0',
    } as const;
    const decisions = Array.from({ length: 4_096 }, () => decision);
    expect(openEntry(sealEntry(entryOf({ subjects, decisions }), log))).toMatchObject({ isDamaged: false });
  });

  it.each([
    ['record.subjects', { subjects: Array.from({ length: 4_097 }, () => 'A') }],
    ['record.bodyBytes', { subjects: ['A'.repeat(1_000_000)] }],
  ])('is refused, never cut, beyond the limit of %s', (limit, overrides) => {
    expect(thrownBy(() => sealEntry(entryOf(overrides), log))).toMatchObject({
      code: 'OPERATION_LIMIT_EXCEEDED',
      details: { limit },
    });
  });

  it.each([
    ['an event id', { eventId: 'x' }],
    ['a time', { at: '2026-11-21' }],
    ['a date that does not exist', { at: '2026-13-21T00:00:00.000Z' }],
  ])('is refused as a mistake of ours when %s is malformed', (_, overrides) => {
    expect(() => sealEntry(entryOf(overrides), log)).toThrow(TypeError);
  });
});

describe('a record without values', () => {
  const id = '110101199003071234';
  const { decisions, reads, caller, operation, outcome } = entryOf();
  const cases: readonly (readonly [member: string, code: string, Partial<AccessEntry>])[] = [
    ['decisions.coordinate', 'INTERNAL', { decisions: [{ coordinate: id, effect: 'DENY', rule: 'r' }] }],
    ['decisions.rule', 'INTERNAL', { decisions: decisions.map((one) => ({ ...one, rule: `x${id}y` })) }],
    ['reads.source', 'INTERNAL', { reads: reads.map((one) => ({ ...one, source: id })) }],
    ['reads.entity', 'INTERNAL', { reads: reads.map((one) => ({ ...one, entity: id })) }],
    ['reads.columns', 'INTERNAL', { reads: reads.map((one) => ({ ...one, columns: ['xm', id] })) }],
    ['outcome.errors', 'INTERNAL', { outcome: { ...outcome, errors: { [id]: 1 } } }],
    ['note', 'INTERNAL', { note: { agreement: '110101900307123' } }],
    ['caller.purpose', 'INTERNAL', caller ? { caller: { ...caller, purpose: id } } : {}],
    ['caller.roles', 'INTERNAL', caller ? { caller: { ...caller, roles: [id] } } : {}],
    [
      'caller.caseReference',
      'CASE_MALFORMED',
      caller ? { caller: { ...caller, caseReference: `案${id}` } } : {},
    ],
    ['operation.name', 'BAD_REQUEST', operation ? { operation: { ...operation, name: `q${id}` } } : {}],
    [
      'operation.name',
      'BAD_REQUEST',
      operation ? { operation: { ...operation, name: '１１０１０１１９９００３０７１' } } : {},
    ],
  ];

  it.each(cases)(
    'is refused where %s looks like an identity number, without repeating it',
    (member, code, overrides) => {
      const error = thrownBy(() => sealEntry(entryOf(overrides), log));
      expect(error).toMatchObject({ code, details: { member } });
      expect(JSON.stringify([error.message, error.details])).not.toMatch(/\d{9}/);
    },
  );

  it('may hold content hashes, which can have long runs of digits', () => {
    const note = { hash: `${'1'.repeat(40)}${'a'.repeat(24)}` };
    expect(() => sealEntry(entryOf({ note }), log)).not.toThrow();
  });
});

describe('the leaf hash (RFC 6962)', () => {
  const vectors = new URL('../../../shared/vectors/rfc6962-tree8.json', import.meta.url);

  it.skipIf(!existsSync(vectors))('is that of the reference tree of Certificate Transparency', () => {
    const tree = JSON.parse(readFileSync(vectors, 'utf8')) as {
      leaf_inputs: string[];
      node_hashes: string[][];
    };
    const leaves = tree.leaf_inputs.map((input) => leafHash(Buffer.from(input, 'hex')).toString('hex'));
    expect(leaves).toEqual(tree.node_hashes[0]);
  });

  it('of nothing is the hash of one zero byte', () => {
    expect(leafHash(Buffer.alloc(0)).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });
});

describe('a receipt', () => {
  it('is verified with the replica’s key alone, and against the body', async () => {
    const receipt = await openLog(createMemoryStore()).append(entryOf());
    expect(verifyReceipt(receipt, receiptKeys.publicKey)).toBe(true);
    expect(verifyReceipt(receipt, receiptKeys.publicKey, sealEntry(entryOf(), log).body)).toBe(false);
    expect(verifyReceipt(receipt, generateKeyPairSync('ed25519').publicKey)).toBe(false);
  });

  it('does not survive a change of any member', async () => {
    const receipt = await openLog(createMemoryStore()).append(entryOf());
    for (const member of Object.keys(receipt)) {
      for (const value of ['1', '\ud800', 7, undefined]) {
        // An attacker sends what it likes, whatever the type says.
        const changed = { ...receipt, [member]: value } as typeof receipt;
        expect(verifyReceipt(changed, receiptKeys.publicKey), `${member} = ${value}`).toBe(false);
      }
    }
    expect(verifyReceipt({ ...receipt, signature: `${receipt.signature} ` }, receiptKeys.publicKey)).toBe(
      false,
    );
  });

  it('is signed with Ed25519 and nothing else', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => createReceiptSigner(privateKey)).toThrow(TypeError);
  });
});

function thrownBy(work: () => unknown): HubError {
  try {
    work();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
