import { describe, expect, it } from 'vitest';
import { HubError } from '../src/errors.ts';
import { describeError } from '../src/logger.ts';

const secret = '330106198003159057';

describe('the log', () => {
  it('keeps of a foreign error its class, code and places, never what it says', () => {
    class DatabaseError extends Error {
      override readonly name = 'DatabaseError';
      readonly code = '23505';
      readonly detail = `Key (id)=(${secret}) already exists.`;
      readonly parameters = [secret];
    }
    const described = describeError(
      new DatabaseError(`duplicate key ${secret}\n    at ${secret} (${secret}:1:1)`),
    );
    expect(described).toMatchObject({
      type: 'DatabaseError',
      code: '23505',
      at: expect.arrayContaining([expect.stringMatching(/^at .*logger\.test\.ts/)]),
    });
    expect(JSON.stringify(described)).not.toContain(secret);
  });

  it('keeps our own sentence, and of its cause no more than of any other', () => {
    const cause = new Error(`rejected ${secret}`, { cause: new TypeError(secret) });
    const described = describeError(new HubError('SOURCE_FAULT', { details: { source: 'police' }, cause }));
    expect(described).toMatchObject({
      type: 'HubError',
      code: 'SOURCE_FAULT',
      details: { source: 'police' },
      cause: { type: 'Error', cause: { type: 'TypeError' } },
    });
    expect(JSON.stringify(described)).not.toContain(secret);
  });

  it.each([[secret], [{ secret }], [null], [undefined], [[secret]]])(
    'keeps of what is no error only its type: %#',
    (value) => {
      expect(describeError(value)).toEqual({ type: typeof value });
    },
  );
});
