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
    ['HUB_METRICS_HOST', 'a b'],
    ['HUB_METRICS_PORT', secret],
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
    ['HUB_TRUST_PROXY', 'true'],
    ['HUB_TRUST_PROXY', '10.0.0.0/33'],
    ['HUB_TRUST_PROXY', '10.0.0.0/0'],
    ['HUB_TRUST_PROXY', `10.0.0.0/8,${secret}`],
    ['HUB_SYNCHRONOUS_STANDBY', secret],
  ])('%s=%j names its variable and not its content', (name, value) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(name);
    expect(error.zh).toMatch(new RegExp(`^配置无效。${name} 必须是.+。$`));
    expect(error.details).toEqual({ variable: name });
    expect(
      [error.message, error.zh, JSON.stringify(error.details), String(error.cause)].join(),
    ).not.toContain(secret);
  });
});

describe('a misspelt variable', () => {
  it.each([
    ['HUB_LIMIT_MAX_DEPHT', 'HUB_LIMIT_MAX_DEPTH'],
    ['HUB_MAX_DEPTH', 'HUB_LIMIT_MAX_DEPTH'],
    ['HUB_DATADIR', 'HUB_DATA_DIR'],
    ['HUB_LOG_LEVL', 'HUB_LOG_LEVEL'],
    ['HUB_QUITE_ANOTHER_THING', undefined],
  ])('%s is refused, and the nearest setting is named', (name, meant) => {
    const error = refusal({ [name]: secret });
    expect(error.details).toEqual({ variable: name });
    for (const sentence of [error.message, error.zh]) {
      expect(sentence).toContain(name);
      expect(sentence).toContain('docs/deployment.md');
      expect(sentence).not.toContain(secret);
    }
    expect(/Did you mean (\w+)\?/.exec(error.message)?.[1]).toBe(meant);
    expect(/是否要写 (\w+)？/.exec(error.zh)?.[1]).toBe(meant);
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
      'HUB_TRUST_PROXY',
      'HUB_SYNCHRONOUS_STANDBY',
    ];
    expect(parseConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(parseConfig({}));
  });

  it('names a replica after its machine, so that two do not sign as one', () => {
    const { replica } = parseConfig({});
    expect(replica).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
    expect(parseConfig({ HUB_REPLICA: 'hub-7' }).replica).toBe('hub-7');
  });

  it('believes the proxies that are listed, and none by default', () => {
    expect(parseConfig({}).trustProxy).toEqual([]);
    const ranges = '10.0.0.0/8, 192.0.2.1,fd00::/8';
    expect(parseConfig({ HUB_TRUST_PROXY: ranges }).trustProxy).toEqual([
      '10.0.0.0/8',
      '192.0.2.1',
      'fd00::/8',
    ]);
  });

  it('serves metrics to this machine alone unless it is told another address, whatever the hub itself listens on', () => {
    expect(parseConfig({ HOST: '0.0.0.0' }).metrics).toBeUndefined();
    expect(parseConfig({ HOST: '0.0.0.0', HUB_METRICS_PORT: '9464' }).metrics).toEqual({
      host: '127.0.0.1',
      port: 9464,
    });
    expect(parseConfig({ HUB_METRICS_PORT: '0', HUB_METRICS_HOST: '10.0.0.9' }).metrics).toEqual({
      host: '10.0.0.9',
      port: 0,
    });
  });

  it('takes no offence at what Kubernetes sets beside a service of the name hub', () => {
    const given = {
      HUB_SERVICE_HOST: '10.0.0.1',
      HUB_SERVICE_PORT_HTTP: '80',
      HUB_PORT: 'tcp://10.0.0.1:80',
      HUB_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    expect(parseConfig(given)).toEqual(parseConfig({}));
  });

  it('is frozen, and knows nothing of other variables', () => {
    const config = parseConfig({ PATH: secret, HUB: secret, DATABASE_URL: 'postgres://u@h/d', PORT: '0' });
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
    expect(JSON.stringify(config)).not.toContain(secret);
    expect(config).toMatchObject({ port: 0, databaseUrl: 'postgres://u@h/d' });
  });
});
