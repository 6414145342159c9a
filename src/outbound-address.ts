import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Where the hub may connect to, whatever an operator's file or a name server says. */
export interface OutboundRule {
  /** In production nothing that is asked by HTTP is on the hub's own machine, unless the operator says so. */
  readonly refusesLoopback?: boolean;
}

/**
 * The addresses of a machine's neighbourhood: where clouds hand out the credentials of the machine (169.254.169.254, Alibaba's
 * 100.100.100.200, Azure's 168.63.129.16, Oracle's 192.0.0.192, Amazon's fd00:ec2::254), link-local ones, those of nobody and of many.
 */
const never = blockList([
  '0.0.0.0/8',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.192/32',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  'fd00:ec2::254/128',
  'fe80::/10',
  'ff00::/8',
]);

const loopback = blockList(['127.0.0.0/8', '::1/128']);

/** `address`: IPv4 or IPv6, brackets allowed. What is no address is no forbidden one. */
export function isForbiddenAddress(address: string, { refusesLoopback }: OutboundRule): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return false;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  return never.check(bare, name) || (refusesLoopback === true && loopback.check(bare, name));
}

/**
 * Resolves names for `net.connect`, so that the address that is checked is the one that is connected to, on every connection. Fails with
 * the code `EFORBIDDENADDRESS` if any address of the name is forbidden. An address in place of a name is never looked up: check it first.
 */
export function createGuardedLookup(rule: OutboundRule, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, options, (error: Error | null, found: string | LookupAddress[], family?: number) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      if (!error && addresses.some((address) => isForbiddenAddress(address, rule)))
        callback(forbiddenAddress(), '', 0);
      else callback(error, found, family);
    });
  };
}

/** Says nothing of the address. */
export function forbiddenAddress(): Error {
  return Object.assign(new Error('the address is not one that the hub connects to'), {
    code: 'EFORBIDDENADDRESS',
  });
}

/** IPv4 ranges stand for the IPv6 addresses that lead there too: mapped ones, as `BlockList` has it, and a translator's (NAT64, RFC 6052). */
function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits), family);
    if (family === 'ipv4') list.addSubnet(`64:ff9b::${address}`, 96 + Number(bits), 'ipv6');
  }
  return list;
}
