import { lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createGuardedLookup, isForbiddenAddress } from '../src/outbound-address.ts';

describe('addresses to which the hub never connects', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.23',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    '64:ff9b::6464:64c8',
    '64:ff9b::a83f:8110',
    '64:ff9b::c000:c0',
    '64:ff9b::e000:1',
    '64:ff9b::ffff:ffff',
    '64:ff9b::',
    '::ffff:100.100.100.200',
    '::ffff:a83f:8110',
    '::ffff:192.0.0.192',
    '[fd00:ec2::254]',
    'fe80::1%eth0',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
  ])('%s', (address) => expect(isForbiddenAddress(address, {})).toBe(true));

  it.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    '%s, in production',
    (address) => {
      expect(isForbiddenAddress(address, {})).toBe(false);
      expect(isForbiddenAddress(address, { refusesLoopback: true })).toBe(true);
    },
  );

  it.each([
    '10.0.0.5',
    '192.168.1.1',
    '172.16.0.1',
    '100.64.0.1',
    'fd00::5',
    '8.8.8.8',
    '64:ff9b::a00:5',
    '::ffff:10.0.0.5',
    'register.example',
  ])('but %s', (address) => expect(isForbiddenAddress(address, { refusesLoopback: true })).toBe(false));
});

describe('a name', () => {
  const resolveTo = (...addresses: string[]) => {
    const list = addresses.map((address) => ({ address, family: 4 }));
    // The one overload that is used.
    return ((_: string, __: object, callback: (error: null, found: unknown) => void) =>
      callback(null, list)) as unknown as typeof lookup;
  };
  const find = (resolve: typeof lookup, name = 'register.example') =>
    new Promise((settle) => {
      createGuardedLookup({}, resolve)(name, { all: true }, (error, found) => settle(error ?? found));
    });

  it('is connected to at the address that was checked', async () => {
    expect(await find(resolveTo('10.0.0.5'))).toEqual([{ address: '10.0.0.5', family: 4 }]);
    expect(await find(lookup, 'localhost')).toEqual(expect.arrayContaining([expect.anything()]));
  });

  // A name server that says one thing first and another later has nothing to gain: each connection asks and checks.
  it('is not connected to if one of its addresses is forbidden', async () => {
    const forbidden = { code: 'EFORBIDDENADDRESS' };
    expect(await find(resolveTo('169.254.169.254'))).toMatchObject(forbidden);
    expect(await find(resolveTo('10.0.0.5', '169.254.169.254'))).toMatchObject(forbidden);
  });

  it('that does not exist fails as ever', async () => {
    expect(await find(lookup, 'nobody.invalid')).toMatchObject({ syscall: 'getaddrinfo' });
  });
});
