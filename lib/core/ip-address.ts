import { isIPv4, isIPv6 } from 'node:net';

/**
 * `private`: a network that an integrator may run a portal in, by an explicit setting.
 * `reserved`: nothing we could ever want to talk to (link-local with the cloud metadata service, multicast,
 * documentation, tunnels into a private network, what cannot be read).
 */
export type AddressKind = 'public' | 'loopback' | 'private' | 'reserved';

type Range = readonly [start: string, prefixLength: number, kind: AddressKind];

/** The first match counts; IANA special-purpose registry, state 2026. */
const rangesV4: readonly Range[] = [
  ['0.0.0.0', 8, 'reserved'],
  ['10.0.0.0', 8, 'private'],
  // Metadata services of two clouds, outside the link-local range.
  ['100.100.100.200', 32, 'reserved'],
  ['168.63.129.16', 32, 'reserved'],
  ['100.64.0.0', 10, 'private'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'reserved'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'reserved'],
  ['198.51.100.0', 24, 'reserved'],
  ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'reserved'],
  ['240.0.0.0', 4, 'reserved'],
];

/** Whatever no row names is reserved: only 2000::/3 is in public use. */
const rangesV6: readonly Range[] = [
  ['::1', 128, 'loopback'],
  ['64:ff9b:1::', 48, 'private'],
  ['fd00:ec2::254', 128, 'reserved'],
  ['fc00::', 7, 'private'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'],
  ['3fff::', 20, 'reserved'],
  ['2000::', 3, 'public'],
];

/** What kind of place a literal address is. Brackets and a zone (`fe80::1%eth0`) are accepted. */
export function addressKind(address: string): AddressKind {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIPv4(bare)) return kindOfV4(numberOfV4(bare));
  if (isIPv6(bare)) return kindOfV6(numberOfV6(bare));
  return 'reserved';
}

function kindOfV4(address: bigint): AddressKind {
  return lookUp(tableV4, address) ?? 'public';
}

function kindOfV6(address: bigint): AddressKind {
  const embedded = embeddedV4(address);
  if (embedded.length === 0) return lookUp(tableV6, address) ?? 'reserved';
  return embedded.every((inner) => kindOfV4(inner) === 'public') ? 'public' : 'reserved';
}

/** The IPv4 addresses that a packet to this IPv6 address would end at or pass through. */
function embeddedV4(address: bigint): bigint[] {
  const low32 = address & 0xffffffffn;
  if (address >> 32n === numberOfV6('64:ff9b::') >> 32n) return [low32];
  if (address >> 112n === 0x2002n) return [(address >> 80n) & 0xffffffffn];
  // Teredo: the server in clear, the client with every bit turned over.
  if (address >> 96n === 0x20010000n) return [(address >> 64n) & 0xffffffffn, low32 ^ 0xffffffffn];
  return [];
}

interface TableRow {
  start: bigint;
  hostBits: bigint;
  kind: AddressKind;
}

const tableV4 = rangesV4.map((range) => tableRow(range, numberOfV4, 32));
const tableV6 = rangesV6.map((range) => tableRow(range, numberOfV6, 128));

function tableRow([start, length, kind]: Range, read: (text: string) => bigint, bits: number): TableRow {
  const hostBits = BigInt(bits - length);
  return { start: read(start) >> hostBits, hostBits, kind };
}

function lookUp(table: readonly TableRow[], address: bigint): AddressKind | undefined {
  return table.find((row) => address >> row.hostBits === row.start)?.kind;
}

function numberOfV4(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function numberOfV6(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const gap = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return [...before, ...gap, ...after].reduce((sum, group) => sum * 65536n + group, 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const v4 = numberOfV4(group);
    return [v4 >> 16n, v4 & 0xffffn];
  });
}
