import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createHmacSha256 } from '../../src/keys/hmac-sha256.ts';

describe('HMAC-SHA256', () => {
  it('gives test case 2 of RFC 4231', () => {
    expect(createHmacSha256(Buffer.from('Jefe'))(Buffer.from('what do ya want for nothing?'))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('is that of node:crypto for keys and messages of every length, one after the other', () => {
    for (const keyBytes of [0, 1, 32, 63, 64]) {
      const key = randomBytes(keyBytes);
      const hmac = createHmacSha256(key);
      for (const bytes of [5_000, 0, 1, 55, 64, 119, 65_535, 65_536, 65_537, 200_000, 3]) {
        const message = randomBytes(bytes);
        expect(hmac(message), `${keyBytes} ${bytes}`).toBe(
          createHmac('sha256', key).update(message).digest('hex'),
        );
      }
    }
  });

  it('takes no key that would have to be hashed first', () => {
    expect(() => createHmacSha256(Buffer.alloc(65))).toThrow(TypeError);
  });
});
