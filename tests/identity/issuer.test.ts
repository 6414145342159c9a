import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { parseIssuers, readIssuers } from '../../src/identity/issuer.ts';

const valid = {
  issuer: 'https://sso.city.gov.cn',
  audience: 'shuqiao',
  algorithms: ['ES256', 'EdDSA'],
  jwksUrl: 'https://sso.city.gov.cn/jwks.json',
  departments: ['police'],
};
const parse = (...entries: unknown[]) =>
  parseIssuers(JSON.stringify(entries), { baseDir: '/etc/shuqiao', isProduction: false });

function problemOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HubError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  throw new TypeError('the issuers were accepted');
}

describe('the file of issuers', () => {
  test('with its defaults: no officers, no roles of the hub, 15 minutes', () => {
    expect(parse(valid)).toEqual([
      {
        issuer: 'https://sso.city.gov.cn',
        audience: 'shuqiao',
        algorithms: ['ES256', 'EdDSA'],
        keys: { kind: 'url', url: 'https://sso.city.gov.cn/jwks.json' },
        departments: ['police'],
        officerDepartments: [],
        hubRoles: [],
        maxLifetimeSeconds: 900,
      },
    ]);
  });

  test('with keys in a file beside it', () => {
    const [issuer] = parse({
      ...valid,
      jwksUrl: undefined,
      jwksFile: 'police.json',
      officerDepartments: ['police'],
    });
    expect(issuer).toMatchObject({
      keys: { kind: 'file', path: '/etc/shuqiao/police.json' },
      officerDepartments: ['police'],
    });
  });

  test.each([
    'http://127.0.0.1:8080/jwks',
    'http://localhost/jwks',
    'http://[::1]:1/jwks',
    'http://0x7f.1/jwks',
  ])('with keys on this very machine: %s', (jwksUrl) => {
    expect(parse({ ...valid, jwksUrl })).toHaveLength(1);
  });

  test.each<[string, Record<string, unknown>]>([
    ['algorithms', { algorithms: ['HS256'] }],
    ['algorithms', { algorithms: ['none'] }],
    ['algorithms', { algorithms: ['ES256', 'ES256'] }],
    ['algorithms', { algorithms: [] }],
    ['algorithms', { algorithms: 'ES256' }],
    ['jwksUrl', { jwksUrl: 'http://sso.city.gov.cn/jwks.json' }],
    ['jwksUrl', { jwksUrl: 'http://127.0.0.1.evil.test/jwks.json' }],
    ['jwksUrl', { jwksUrl: 'http://localhost.evil.test/jwks.json' }],
    ['jwksUrl', { jwksUrl: 'https://user:pass@sso.city.gov.cn/jwks.json' }],
    ['jwksUrl', { jwksUrl: 'file:///etc/jwks.json' }],
    ['jwksUrl', { jwksUrl: 'jwks.json' }],
    ['jwksUrl', { jwksUrl: undefined }],
    ['jwksUrl', { jwksFile: 'both.json' }],
    ['issuer', { issuer: '' }],
    ['issuer', { issuer: 'a b' }],
    ['audience', { audience: ['shuqiao'] }],
    ['departments', { departments: [] }],
    ['departments', { departments: ['*'] }],
    ['officerDepartments', { officerDepartments: [] }],
    ['hubRoles', { hubRoles: ['auditors'] }],
    ['hubRoles', { hubRoles: ['auditor', 'auditor'] }],
    ['hubRoles', { hubRoles: [] }],
    ['hubRoles', { hubRoles: '*' }],
    ['maxLifetimeSeconds', { maxLifetimeSeconds: 901 }],
    ['maxLifetimeSeconds', { maxLifetimeSeconds: 0 }],
    ['maxLifetimeSeconds', { maxLifetimeSeconds: '900' }],
  ])('names a wrong %s: %j', (member, changes) => {
    expect(problemOf(() => parse({ ...valid, ...changes }))).toContain(`issuers[0].${member} must be`);
  });

  test.each([
    'https://issuer.demo.shuqiao.invalid',
    'https://sso.test:8443/realm',
    'https://ISSUER.EXAMPLE.',
    'http://localhost',
    'demo.invalid',
  ])('names an issuer in production that nobody can own: %s', (issuer) => {
    const text = JSON.stringify([{ ...valid, issuer }]);
    const inProduction = () => parseIssuers(text, { baseDir: '/', isProduction: true });
    expect(problemOf(inProduction)).toContain('issuers[0].issuer must be a name that somebody owns');
    expect(parseIssuers(text, { baseDir: '/', isProduction: false })).toHaveLength(1);
  });

  test('takes in production what somebody owns', () => {
    const options = { baseDir: '/', isProduction: true };
    for (const issuer of ['https://sso.city.gov.cn', 'https://invalid.city.gov.cn', 'city-sso']) {
      expect(parseIssuers(JSON.stringify([{ ...valid, issuer }]), options)).toHaveLength(1);
    }
  });

  test('names everything that is wrong at once, and none of the values', () => {
    const message = problemOf(() =>
      parse(valid, { ...valid, issuer: 'a SECRET', algorithms: ['SECRET'], aud: 'SECRET' }),
    );
    expect(message).toMatch(
      /issuers\[1\] must be .*issuers\[1\]\.issuer must be .*issuers\[1\]\.algorithms must be/,
    );
    expect(message).not.toContain('SECRET');
  });

  test.each(['', 'x', '{}', '[]', '[1]', 'null'])('that is none: %s', (text) => {
    expect(problemOf(() => parseIssuers(text, { baseDir: '/', isProduction: false }))).toMatch(/issuers/);
  });

  test('that lists one issuer twice could not say which entry counts', () => {
    expect(problemOf(() => parse(valid, { ...valid, departments: ['justice'] }))).toContain('listed once');
  });

  test('that does not exist is a mistake of the configuration', async () => {
    await expect(readIssuers('/nowhere/issuers.json', { isProduction: false })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
