import { describe, expect, it } from 'vitest';
import { defaultHubLimits, parseConfig } from '../src/config.ts';
import { HubError } from '../src/errors.ts';

function refusal(environment: Record<string, string>): HubError {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new TypeError('the configuration was accepted');
}

const secret = 'hunter2-330106199005060018';

describe('a wrong value', () => {
  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['PORT', ' '],
    ['PORT', secret],
    ['HOST', `${secret} with blanks`],
    ['HOST', 'a\0b'],
    ['DATABASE_URL', secret],
    ['DATABASE_URL', `mysql://user:${secret}@host/db`],
    ['NODE_ENV', secret],
    ['HUB_LOG_LEVEL', secret.toUpperCase()],
    ['HUB_LOG_ORIGIN', `${secret} !`],
    ['HUB_REPLICA', `/${secret}`],
    ['HUB_DATA_DIR', `${secret}\0`],
    ['HUB_ISSUERS', `${secret}\0`],
    ['HUB_CONTRACTS', `${secret}\0`],
    ['HUB_LIMIT_MAX_DEPTH', secret],
    ['HUB_LIMIT_MAX_DEPTH', '0'],
    ['HUB_LIMIT_MAX_DEPTH', '2147483648'],
    ['HUB_LIMIT_MAX_DEPHT', '3'],
  ])('%s=%j names its variable and not its content', (name, value) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(name);
    expect(error.details).toEqual({ variable: name });
    expect([error.message, JSON.stringify(error.details), String(error.cause)].join()).not.toContain(secret);
  });
});

describe('every limit', () => {
  const variables = Object.keys(defaultHubLimits).map(
    (name) => [name, `HUB_LIMIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`] as const,
  );

  it.each(variables)('%s has the variable %s', (name, variable) => {
    expect(parseConfig({ [variable]: '7' }).limits).toEqual({ ...defaultHubLimits, [name]: 7 });
    expect(refusal({ [variable]: 'many' }).details).toEqual({ variable });
    expect(parseConfig({ [variable]: '' }).limits).toEqual(defaultHubLimits);
  });
});

describe('the configuration', () => {
  it('of nothing is for evaluation, on this machine alone', () => {
    const config = parseConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      isProduction: false,
      logLevel: 'info',
      limits: defaultHubLimits,
    });
    expect('databaseUrl' in config || 'keys' in config).toBe(false);
  });

  it('takes an empty variable for one that is not set', () => {
    const names = [
      'HOST',
      'PORT',
      'HUB_DATA_DIR',
      'DATABASE_URL',
      'NODE_ENV',
      'HUB_ISSUERS',
      'HUB_CONTRACTS',
      'HUB_KEYS',
      'HUB_LOG_ORIGIN',
      'HUB_REPLICA',
      'HUB_LOG_LEVEL',
    ];
    expect(parseConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(parseConfig({}));
  });

  it('is frozen, and knows nothing of other variables', () => {
    const config = parseConfig({ PATH: secret, HUB: secret, DATABASE_URL: 'postgres://u@h/d', PORT: '0' });
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
    expect(JSON.stringify(config)).not.toContain(secret);
    expect(config).toMatchObject({ port: 0, databaseUrl: 'postgres://u@h/d' });
  });
});
