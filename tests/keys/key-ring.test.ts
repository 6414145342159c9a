import { sign, verify } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeyRing } from '../../src/keys/key-ring.ts';
import { createKeyText } from '../../src/keys/key-text.ts';
import { createEmptyDir } from '../support/test-storage.ts';

let dataDir: string;
let keyFile: string;

beforeEach(() => {
  dataDir = createEmptyDir();
  keyFile = join(dataDir, 'keys.json');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** The text of a ring after a change to what it says. */
function changeText(
  text: string,
  change: (ring: { version: unknown; keys: Record<string, unknown>[] }) => void,
): string {
  const ring = JSON.parse(text);
  change(ring);
  return JSON.stringify(ring);
}

describe('the key file', () => {
  it('is created by the first start for its owner alone, and the same keys open next time', () => {
    const first = openKeyRing({ dataDir });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(openKeyRing({ dataDir }).fingerprints).toEqual(first.fingerprints);
  });

  it.each([0o644, 0o640, 0o604, 0o620])('is not read while others may touch it (%o)', (mode) => {
    openKeyRing({ dataDir });
    chmodSync(keyFile, mode);
    expect(() => openKeyRing({ dataDir })).toThrow('chmod 600');
  });

  it('is not replaced by new keys when the database depends on the old ones', () => {
    const { fingerprints } = openKeyRing({ dataDir });
    rmSync(keyFile);
    expect(() => openKeyRing({ dataDir }, fingerprints)).toThrow(`The key ring ${keyFile} is missing`);
    expect(existsSync(keyFile)).toBe(false);
  });

  it('of another hub is refused, also where it claims the same ids', () => {
    const { fingerprints } = openKeyRing({ dataDir });
    const mine = readFileSync(keyFile, 'utf8');
    expect(() => openKeyRing({ text: createKeyText() }, fingerprints)).toThrow(
      'lacks the key "subject-pseudonym-',
    );

    const forged = changeText(mine, ({ keys }) => Object.assign(keys[0] ?? {}, { secret: 'A'.repeat(43) }));
    expect(() => openKeyRing({ text: forged }, fingerprints)).toThrow('lacks the key "subject-pseudonym-');
    expect(() => openKeyRing({ text: mine }, fingerprints)).not.toThrow();
  });

  it('is refused when it is damaged, with a reason and without a secret', () => {
    const text = createKeyText();
    const [first = {}] = JSON.parse(text).keys;
    const damaged: readonly [string, string][] = [
      [text.slice(0, 200), 'it is not JSON'],
      ['', 'it is not JSON'],
      ['[]', 'not a key ring of version 1'],
      [changeText(text, (ring) => Object.assign(ring, { version: 2 })), 'not a key ring of version 1'],
      [changeText(text, ({ keys }) => keys.shift()), 'the key "subject-pseudonym" is missing'],
      [changeText(text, ({ keys }) => keys.push(first)), 'two keys have the same id'],
      [
        changeText(text, ({ keys }) => keys.push({ ...first, id: 'x', name: 'no' })),
        'key 6 has an unknown name',
      ],
      [changeText(text, ({ keys }) => keys.push({ ...first, id: '../x' })), 'the id of key 6 is malformed'],
      [
        changeText(text, ({ keys }) => keys.push({ ...first, id: 'x', algorithm: 'SM4' })),
        'algorithm of key 6',
      ],
      [
        changeText(text, ({ keys }) => keys.push({ ...first, id: 'x', secret: `${first.secret}A` })),
        'secret of key 6',
      ],
      [changeText(text, (ring) => Object.assign(ring, { keys: [null] })), 'key 0 is not an object'],
    ];
    for (const [content, reason] of damaged) {
      writeFileSync(keyFile, content, { mode: 0o600 });
      const open = () => openKeyRing({ dataDir });
      expect(open).toThrow(reason);
      expect(open).toThrow('Restore it from its backup');
      expect(open).not.toThrow(first.secret);
    }
  });
});

describe('a key ring', () => {
  const text = createKeyText();

  it('derives one key for one use, always the same', () => {
    const ring = openKeyRing({ text });
    const again = openKeyRing({ text });
    const labels = ['police/2026-11', 'police/2026-12'];
    const keys = [
      ...labels.map((label) => ring.key('subject-pseudonym').derive(label)),
      ring.key('cursor').derive(labels[0] ?? ''),
    ];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
    expect(keys.every((key) => key.length === 32)).toBe(true);
    expect(again.key('subject-pseudonym').derive('police/2026-11')).toEqual(keys[0]);
    expect(ring.key('subject-pseudonym').derive('police/2026-11')).toBe(keys[0]);
  });

  it('derives the published example', () => {
    const zeros = changeText(text, ({ keys }) => {
      for (const key of keys) key['secret'] = 'A'.repeat(43);
    });
    // HKDF-SHA256, 32 zero bytes, no salt, info `shuqiao/v1/cursor/example`: computed apart (python3, hmac and hashlib).
    expect(openKeyRing({ text: zeros }).key('cursor').derive('example').toString('hex')).toBe(
      '53e68fa0aeb13f6193d9a56a7557aa9930685101de653a6eb0df1047b96ba008',
    );
  });

  it('takes the last key of a name for what is new and keeps the others', () => {
    const old = openKeyRing({ text });
    const sealed = old.seal('connection', 'police', Buffer.from('secret'));
    const rotated = changeText(text, ({ keys }) => {
      for (const key of JSON.parse(createKeyText()).keys) keys.push(key);
    });
    const ring = openKeyRing({ text: rotated }, old.fingerprints);
    expect(ring.key('cursor').id).not.toBe(old.key('cursor').id);
    expect(ring.keys('cursor').map((key) => key.id)).toEqual([ring.key('cursor').id, old.key('cursor').id]);
    expect(ring.seal('connection', 'police', Buffer.from('secret')).keyId).not.toBe(sealed.keyId);
    expect(ring.unseal('connection', 'police', sealed.bytes).toString()).toBe('secret');
  });

  it('signs receipts with Ed25519', () => {
    const { receipt } = openKeyRing({ text });
    const message = Buffer.from('receipt');
    expect(verify(null, message, receipt.publicKey, sign(null, message, receipt.privateKey))).toBe(true);
    expect(receipt.publicKey.asymmetricKeyType).toBe('ed25519');
  });
});

describe('a seal', () => {
  const ring = openKeyRing({ text: createKeyText() });
  const secret = Buffer.from('{"password":"p@ss"}');
  const sealed = ring.seal('connection', 'police', secret);

  it('opens for what it was made for and hides what is in it', () => {
    expect(ring.unseal('connection', 'police', sealed.bytes)).toEqual(secret);
    expect(sealed.bytes.includes('p@ss')).toBe(false);
    expect(sealed).toMatchObject({ algorithm: 'A256GCM', keyId: expect.stringMatching(/^sealing-/) });
    expect(ring.seal('connection', 'police', secret).bytes).not.toEqual(sealed.bytes);
    expect(
      ring.unseal('connection', 'empty', ring.seal('connection', 'empty', Buffer.alloc(0)).bytes),
    ).toHaveLength(0);
  });

  it.each([
    ['connection', 'justice'],
    ['token', 'police'],
    ['connectionp', 'olice'],
  ])('does not open as %s of %s', (purpose, name) => {
    expect(() => ring.unseal(purpose, name, sealed.bytes)).toThrow(
      `The sealed ${purpose} "${name}" cannot be opened`,
    );
  });

  it('does not open with another ring', () => {
    const other = openKeyRing({ text: createKeyText() });
    expect(() => other.unseal('connection', 'police', sealed.bytes)).toThrow('cannot be opened');
  });

  it('does not open with any one byte changed, added or missing', () => {
    for (let i = 0; i < sealed.bytes.length; i++) {
      const changed = Buffer.from(sealed.bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => ring.unseal('connection', 'police', changed)).toThrow('cannot be opened');
      expect(() => ring.unseal('connection', 'police', sealed.bytes.subarray(0, i))).toThrow(
        'cannot be opened',
      );
    }
    const longer = Buffer.concat([sealed.bytes, Buffer.of(0)]);
    expect(() => ring.unseal('connection', 'police', longer)).toThrow('cannot be opened');
  });
});
