import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, errorTable, HubError } from '../../src/errors.ts';
import { errorBody, maskUnknown, toGraphqlError } from '../../src/request/report-errors.ts';
import { toEntry } from '../../src/request/story.ts';
import { createTestStory } from '../support/run-operation.ts';

const everyCode = Object.keys(errorTable) as ErrorCode[];

describe('every error', () => {
  it.each(everyCode)(
    '%s is said in Chinese and in English, with its code and whether to try again',
    (code) => {
      const { message, extensions, path, locations } = toGraphqlError(
        new HubError(code, { details: { limit: 3 } }),
      ).toJSON();
      const { zh, en, retryable, status } = errorTable[code];
      expect(message).toBe(`${zh} ${en}`);
      expect(extensions).toMatchObject({ code, retryable, limit: 3 });
      expect((extensions?.['http'] as { status: number } | undefined)?.status).toBe(
        status === 200 ? undefined : status,
      );
      expect([path, locations]).toEqual([undefined, undefined]);
    },
  );

  it('beside data leaves the status alone', () => {
    expect(toGraphqlError(new HubError('INTERNAL'), { isPartial: true }).extensions['http']).toBeUndefined();
  });

  it('of an overloaded hub says when to come again', () => {
    for (const code of everyCode.filter((one) => errorTable[one].status === 503)) {
      const { http } = toGraphqlError(new HubError(code)).extensions as {
        http?: { headers: Map<string, string> };
      };
      expect(http?.headers.get('retry-after')).toBe('1');
    }
  });
});

describe('what was not foreseen', () => {
  it('becomes INTERNAL; ours stays ours, also inside an error of the engine', () => {
    const story = createTestStory();
    const heard: unknown[] = [];
    const mask = (error: unknown) => maskUnknown(error, story, (unknown) => heard.push(unknown)).code;
    const ours = new HubError('SOURCE_FAULT');
    expect(mask(ours)).toBe('SOURCE_FAULT');
    expect(mask(new GraphQLError('x', { originalError: ours }))).toBe('SOURCE_FAULT');
    expect(heard).toEqual([]);
    for (const error of [
      new Error('x'),
      new GraphQLError('x'),
      'x',
      undefined,
      null,
      { code: 'FIELD_DENIED' },
    ])
      expect(mask(error)).toBe('INTERNAL');
    expect(heard).toHaveLength(6);
  });
});

describe('the body of a refusal', () => {
  it('has the error, the request’s id, and nothing else; and the story counts it', () => {
    const story = createTestStory();
    const body = JSON.parse(
      errorBody(
        new HubError('GRAPHQL_PARSE_FAILED', {
          details: { locations: [{ line: 1, column: 2 }] },
          cause: new Error('secret'),
        }),
        story,
      ),
    );
    expect(body).toEqual({
      errors: [
        {
          message: expect.any(String),
          locations: [{ line: 1, column: 2 }],
          extensions: { code: 'GRAPHQL_PARSE_FAILED', retryable: false },
        },
      ],
      extensions: { requestId: story.requestId },
    });
    expect(Object.fromEntries(story.errors)).toEqual({ GRAPHQL_PARSE_FAILED: 1 });
  });
});

describe('the record of a story', () => {
  const ending = { status: 200, commitment: 'c', subjects: ['s'], subjectKey: 'k' };

  it('tells who asked, for what, what was decided and read, and how it ended', () => {
    const story = createTestStory({ subject: { officer: 'o-1', roles: ['auditor'] }, caseReference: 'A-1' });
    story.errors.set('SOURCE_FAULT', 2);
    story.errors.set('FIELD_DENIED', 1);
    const entry = toEntry(story, ending);
    expect(entry).toMatchObject({
      kind: 'access',
      requestId: story.requestId,
      eventId: story.eventId,
      caller: {
        client: 'grid-platform',
        department: 'civil-affairs',
        officer: 'o-1',
        roles: ['auditor'],
        purpose: 'care',
        caseReference: 'A-1',
        tokenId: 'token-1',
      },
      subjects: ['s'],
      subjectKey: 'k',
      outcome: { status: 200, errors: { FIELD_DENIED: 1, SOURCE_FAULT: 2 }, commitment: 'c' },
    });
    expect(Object.keys(entry.outcome.errors)).toEqual(['FIELD_DENIED', 'SOURCE_FAULT']);
  });

  it('is a refusal where nobody was verified, or nothing was given', () => {
    const known = createTestStory();
    expect(toEntry(known, { ...ending, status: 403 }).kind).toBe('refusal');
    const { subject: _, caller: __, ...nobody } = createTestStory();
    const entry = toEntry(nobody, ending);
    expect([entry.kind, entry.caller]).toEqual(['refusal', undefined]);
  });
});
