import { describe, expect, it } from 'vitest';
import { parseConnection } from '../../src/connectors/parse-connection.ts';

const database = { kind: 'postgres', host: '10.0.0.5', port: 5432, database: 'register', user: 'hub' };
const endpoint = { kind: 'http', baseUrl: 'https://register.example/api' };
const oauth2 = { tokenUrl: 'https://sso.example/token', clientId: 'hub', clientSecret: 'hunter2' };
const signature = {
  appId: 'hub',
  secret: 'hunter2',
  headers: { appId: 'x-app', timestamp: 'x-time', nonce: 'x-nonce', signature: 'x-sign' },
};
/** A self-signed one for tests; its key was thrown away. */
const ca = `-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUUs2Y83oNzRfN3Nl9+MyqFZ4w+fYwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQcmVnaXN0ZXIuZXhhbXBsZTAgFw0yNjExMjgxMDA0MDdaGA8y
MTI2MTEwNDEwMDQwN1owGzEZMBcGA1UEAwwQcmVnaXN0ZXIuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABC94IBFNV8gX8Sd/6uUIo59Zi3F2bStaNaq4
EZ+V+xEFVeRfJkqxa2BgKaqvlXWWUdwSLcBcWtfjFh1wBo0ZvNCjUzBRMB0GA1Ud
DgQWBBSVNt+rvyEwV1sgHosqNnFFExBOcTAfBgNVHSMEGDAWgBSVNt+rvyEwV1sg
HosqNnFFExBOcTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCJ
UEVKby2DnNhe4HfMcmpQqUhiXUpd2alrGiEidLmySwIhAO82E3X6Y3UsoD0aWXN/
kRWQDNVtg7Mjh9GWX5l4OwVF
-----END CERTIFICATE-----
`;

describe('a connection file', () => {
  it.each<readonly [string, object]>([
    ['a database', database],
    ['a database with everything', { ...database, kind: 'mysql', password: 'p', tls: { ca }, poolSize: 1 }],
    ['a database by IPv6', { ...database, host: 'fd00::5', tls: {} }],
    ['an endpoint', endpoint],
    [
      'an endpoint with everything',
      {
        ...endpoint,
        kind: 'graphql',
        headers: { 'x-api-key': 'k' },
        oauth2,
        signature,
        tls: { ca: ca + ca },
      },
    ],
  ])('that describes %s is taken as it is', (_, connection) => {
    expect(parseConnection(connection)).toEqual(connection);
  });

  // A misspelt or invented setting must not look as if it protected anything.
  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, 'kind'],
    ['a list', [], 'kind'],
    ['another kind', { ...database, kind: 'oracle' }, 'kind'],
    ['a kind of the prototype', { ...database, kind: 'constructor' }, 'kind'],
    ['a misspelt member', { ...database, pasword: 'hunter2' }, 'pasword'],
    ['TLS without its check', { ...database, tls: { rejectUnauthorized: false } }, 'tls.rejectUnauthorized'],
    ['TLS that is a word', { ...database, tls: 'required' }, 'tls'],
    ['TLS that is nothing', { ...endpoint, tls: null }, 'tls'],
    ['a certificate that is none', { ...database, tls: { ca: 'hunter2' } }, 'tls.ca'],
    ['an empty list of certificates', { ...database, tls: { ca: '' } }, 'tls.ca'],
    ['TLS for an open address', { ...endpoint, baseUrl: 'http://10.0.0.5', tls: {} }, 'tls'],
    [
      'TLS for an open token address',
      { ...endpoint, tls: {}, oauth2: { ...oauth2, tokenUrl: 'http://10.0.0.5/' } },
      'tls',
    ],
    ['the path of a socket', { ...database, host: '/var/run/postgresql' }, 'host'],
    ['several hosts', { ...database, host: 'a,b' }, 'host'],
    ['a port that is text', { ...database, port: '5432' }, 'port'],
    ['no port', { ...database, port: 0 }, 'port'],
    ['no database', { ...database, database: '' }, 'database'],
    ['a password that is a number', { ...database, password: 1 }, 'password'],
    ['a pool without sessions', { ...database, poolSize: 0 }, 'poolSize'],
    ['the member of another kind', { ...endpoint, host: 'a' }, 'host'],
    ['a file URL', { ...endpoint, baseUrl: 'file:///etc/passwd' }, 'baseUrl'],
    ['a URL with credentials', { ...endpoint, baseUrl: 'https://u:hunter2@register.example' }, 'baseUrl'],
    [
      'a token address that is none',
      { ...endpoint, oauth2: { ...oauth2, tokenUrl: 'sso' } },
      'oauth2.tokenUrl',
    ],
    ['a misspelt member of oauth2', { ...endpoint, oauth2: { ...oauth2, audience: 'a' } }, 'oauth2.audience'],
    [
      'a header that frames the request',
      { ...endpoint, headers: { 'Transfer-Encoding': 'a' } },
      'headers.Transfer-Encoding',
    ],
    ['the header of another host', { ...endpoint, headers: { Host: 'a' } }, 'headers.Host'],
    ['two headers in one', { ...endpoint, headers: { a: 'b\r\nhunter2: d' } }, 'headers.a'],
    ['headers as a list', { ...endpoint, headers: ['a'] }, 'headers'],
    ['half a signature', { ...endpoint, signature: { appId: 'a', secret: 'hunter2' } }, 'signature.headers'],
    [
      'a prototype',
      JSON.parse('{"kind":"http","baseUrl":"https://a.example","__proto__":{"tls":{}}}'),
      '(unprintable)',
    ],
  ])('with %s is refused by the path of the member, without its value', (_, connection, path) => {
    const failure = refusal(connection);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(failure.message).toContain(` ${path}: `);
    expect(JSON.stringify({ ...failure, message: failure.message })).not.toContain('hunter2');
  });

  it('is told every problem at once, and the names that are known', () => {
    const { message } = refusal({ kind: 'mysql', hosts: 'a' });
    for (const part of [
      'hosts: is not known here; members are kind, host, port',
      ' port: ',
      ' database: ',
      ' user: ',
    ])
      expect(message).toContain(part);
  });
});

function refusal(connection: unknown): Error {
  try {
    parseConnection(connection);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError('expected a refusal');
}
