import { isIP } from 'node:net';
import { InvalidError } from './errors';
import { addressKind, type AddressKind } from './ip-address';

export interface AddressPolicy {
  /** `configured`: named by the integrator. `received`: came in an event or an answer, so it is not trusted. */
  readonly origin: 'configured' | 'received';
  /** Lets configured addresses lie in private networks. Received ones never gain by it. */
  readonly allowPrivateNetwork?: boolean | undefined;
  /** Origins that the integrator configured: a received address of one of them counts as configured. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /** Lets `http` lead to other hosts: for requests that carry no secret, to servers that have nothing better. */
  readonly allowPlainHttp?: boolean | undefined;
  /** The setting that holds the address, for the sentence that refuses it. */
  readonly property?: string | undefined;
}

/** What an address offends against. Each has a sentence of its own in the catalogues. */
export type AddressFault =
  ('unreadable' | 'scheme' | 'login' | 'plain') | ('private' | 'received' | 'reserved' | 'folder');

export function parseServiceUrl(text: string, policy: AddressPolicy): URL {
  // What cannot be read is not quoted: it may be a secret that was pasted into the wrong field.
  if (!URL.canParse(text)) throw addressRefusal('unreadable', '', 'this is not a full web address', policy);
  const url = new URL(text);
  refuseForbiddenUrl(url, policy);
  return url;
}

/** Everything that can be told without asking a name server. */
export function refuseForbiddenUrl(url: URL, policy: AddressPolicy): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw addressRefusal('scheme', '', 'only https addresses are accepted', policy);
  }
  if (url.username || url.password) {
    const what = `the address of ${url.host} must not hold a user name or a password`;
    throw addressRefusal('login', url.host, what, policy);
  }
  if (isLoopbackHost(url.hostname)) return refuseForbiddenAddress('127.0.0.1', url, policy);
  if (url.protocol === 'http:' && !policy.allowPlainHttp)
    throw addressRefusal('plain', url.host, `${url.host} must be reached by https`, policy);
  const host = bareHost(url.hostname);
  if (isIP(host)) refuseForbiddenAddress(host, url, policy);
}

/** `address` is one that the host of `url` was resolved to. */
export function refuseForbiddenAddress(address: string, url: URL, policy: AddressPolicy): void {
  const kind = addressKind(address);
  if (permittedKinds(url, policy).includes(kind)) return;
  const fault = faultOf(kind, policy);
  throw addressRefusal(fault, url.host, `${url.host} ${reasons[fault]}`, policy);
}

export function isLoopbackHost(hostname: string): boolean {
  const name = bareHost(hostname);
  if (isIP(name)) return addressKind(name) === 'loopback';
  return name === 'localhost' || name.endsWith('.localhost');
}

/** Without the brackets of IPv6 and the dot that ends a full name. */
export function bareHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** `host` is empty when the address has none that can be told. */
export function addressRefusal(
  fault: AddressFault,
  host: string,
  message: string,
  { property }: Pick<AddressPolicy, 'property'> = {},
): InvalidError {
  const params = { fault, host, ...(property !== undefined && { property }) };
  return new InvalidError('ADDRESS_REFUSED', message, { params });
}

function permittedKinds(url: URL, policy: AddressPolicy): readonly AddressKind[] {
  if (policy.origin === 'received' && !isTrusted(url, policy)) return ['public'];
  if (isLoopbackHost(url.hostname)) return ['loopback'];
  return policy.allowPrivateNetwork ? ['public', 'private', 'loopback'] : ['public'];
}

function isTrusted(url: URL, policy: AddressPolicy): boolean {
  const trusted = policy.trustedOrigins ?? [];
  return trusted.some((origin) => URL.canParse(origin) && new URL(origin).origin === url.origin);
}

const reasons = {
  reserved: 'leads to a reserved address',
  received: 'leads into a private network',
  private: 'leads into a private network, which the settings do not allow',
} as const;

function faultOf(kind: AddressKind, policy: AddressPolicy): keyof typeof reasons {
  if (kind === 'reserved') return 'reserved';
  return policy.origin === 'received' ? 'received' : 'private';
}
