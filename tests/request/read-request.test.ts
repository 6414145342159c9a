import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { checkForm, checkHeaders, readBody, readHeaders } from '../../src/request/read-request.ts';

/** The two members of a request that are read. */
function request(headers: Record<string, unknown>, method = 'POST'): FastifyRequest {
  return { method, headers } as unknown as FastifyRequest;
}

const json = { 'content-type': 'application/json' };

describe('headers by which something is decided', () => {
  const raw = (...rawHeaders: string[]) => ({ raw: { rawHeaders } }) as unknown as FastifyRequest;

  it('may each be given once', () => {
    const once = raw('Host', 'hub', 'authorization', 'a', 'content-type', 'b', 'accept', 'c', 'accept', 'd');
    expect(() => checkHeaders(once)).not.toThrow();
  });

  it.each(['host', 'Authorization', 'CONTENT-TYPE'])('%s given twice is a bad request', (name) => {
    const twice = raw(name, 'a', 'x', 'y', name.toLowerCase(), 'a');
    expect(() => checkHeaders(twice)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});

describe('the form of a request', () => {
  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['application/json;charset=UTF-8'],
    ['APPLICATION/JSON; charset="utf-8"'],
    ['application/json ; charset=utf8'],
  ])('%j is accepted', (type) => {
    expect(() => checkForm(request({ 'content-type': type }))).not.toThrow();
  });

  it.each<[what: string, headers: Record<string, unknown>, method: string, code: ErrorCode]>([
    ['GET', json, 'GET', 'METHOD_NOT_ALLOWED'],
    ['HEAD', json, 'HEAD', 'METHOD_NOT_ALLOWED'],
    ['no type', {}, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', { 'content-type': 'text/plain' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    ['two types', { 'content-type': 'application/json, text/plain' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    ['a type with a tab before', { 'content-type': '\tapplication/json' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a type with another white space',
      { 'content-type': 'application/json\u00a0' },
      'POST',
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a longer type', { 'content-type': 'application/json-patch+json' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'another charset',
      { 'content-type': 'application/json; charset=gbk' },
      'POST',
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a parameter more',
      { 'content-type': 'application/json; charset=utf-8; x=1' },
      'POST',
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['an encoding', { ...json, 'content-encoding': 'gzip' }, 'POST', 'UNSUPPORTED_MEDIA_TYPE'],
    ['OPTIONS', json, 'OPTIONS', 'METHOD_NOT_ALLOWED'],
    ['JSON of no weight', { ...json, accept: 'application/json;q=0' }, 'POST', 'NOT_ACCEPTABLE'],
    ['nothing of any weight', { ...json, accept: '*/*; Q=0.000' }, 'POST', 'NOT_ACCEPTABLE'],
    [
      'neither form of JSON, but all else',
      { ...json, accept: 'application/json;q=0, application/graphql-response+json;q=0, */*' },
      'POST',
      'NOT_ACCEPTABLE',
    ],
    ['a weight of nonsense', { ...json, accept: 'application/json;q=yes' }, 'POST', 'NOT_ACCEPTABLE'],
    ['a wish for a page', { ...json, accept: 'text/html' }, 'POST', 'NOT_ACCEPTABLE'],
  ])('%s is refused', (_, headers, method, code) => {
    expect(() => checkForm(request(headers, method))).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    '*/*',
    'application/json',
    'text/html, application/json;q=0.9',
    'application/graphql-response+json',
    'application/json;q=0, */*',
    'application/json; charset=utf-8; q=0.001',
    '',
    'Application/*',
  ])('accepts to answer %j', (accept) => {
    expect(() => checkForm(request({ ...json, accept }))).not.toThrow();
  });
});

it('headers name a purpose and a case once or not at all', () => {
  expect(
    readHeaders(request({ authorization: 'Bearer t', 'shuqiao-purpose': 'care', 'shuqiao-case': 'A-1' })),
  ).toEqual({ authorization: 'Bearer t', purpose: 'care', caseReference: 'A-1' });
  expect(readHeaders(request({ 'shuqiao-purpose': ['care', 'audit'], 'shuqiao-case': '' }))).toEqual({
    authorization: undefined,
    purpose: undefined,
    caseReference: undefined,
  });
});

describe('the body of a request', () => {
  it('has a query, and perhaps a name and variables', () => {
    expect(readBody({ query: '{ a }' })).toEqual({
      source: '{ a }',
      operationName: undefined,
      variables: {},
    });
    expect(
      readBody({ query: '{ a }', operationName: 'A', variables: { v: 1 }, extensions: {}, other: 1 }),
    ).toEqual({ source: '{ a }', operationName: 'A', variables: { v: 1 } });
    expect(readBody({ query: '{ a }', operationName: null, variables: null, extensions: null })).toEqual({
      source: '{ a }',
      operationName: undefined,
      variables: {},
    });
  });

  it.each([
    [null],
    [undefined],
    [''],
    ['{ a }'],
    [7],
    [true],
    [[]],
    [[{ query: '{ a }' }]],
    [{}],
    [{ query: 1 }],
    [{ query: '' }],
    [{ query: ' \n' }],
    [{ query: ['{ a }'] }],
    [{ query: '{ a }', operationName: 1 }],
    [{ query: '{ a }', variables: '{}' }],
    [{ query: '{ a }', variables: [] }],
    [{ query: '{ a }', extensions: 'x' }],
    [Object.create({ query: '{ a }' })],
  ])('is not %j', (body) => {
    expect(() => readBody(body)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});
