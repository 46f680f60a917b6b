import { X509Certificate } from 'node:crypto';
import { promises as dns, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import {
  addressRefusal,
  bareHost,
  isLoopbackHost,
  refuseForbiddenAddress,
  refuseForbiddenUrl,
  type AddressPolicy,
} from './address-rules';
import { InvalidError, toError } from './errors';

export { isLoopbackHost, parseServiceUrl, type AddressPolicy } from './address-rules';

export type ResolveHost = (host: string) => Promise<LookupAddress[]>;

export interface GuardedAgentOptions {
  /** PEM certificates of authorities to trust besides the public ones. */
  ca?: string | undefined;
  resolve?: ResolveHost | undefined;
}

export interface GuardedAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  close(): void;
}

/** Shorter than the usual server's: a pooled connection that the server just closed makes a send unclear. */
const idleConnectionMs = 4000;

const severalAddresses = {
  autoSelectFamily: true,
  // Node's own 250 ms is too short for a far-away server.
  autoSelectFamilyAttemptTimeout: 1000,
};

/**
 * Agents that look a name up once, refuse it when any of its addresses is forbidden, and connect to the very
 * addresses that were checked, so that a second answer of the name server changes nothing.
 */
export function guardedAgents(policy: AddressPolicy, options: GuardedAgentOptions = {}): GuardedAgents {
  const resolve = options.resolve ?? ((host) => dns.lookup(host, { all: true }));
  const pooling = { keepAlive: true, timeout: idleConnectionMs };
  const plain = new http.Agent(pooling);
  const secure = new https.Agent({
    ...pooling,
    // Said aloud because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
    rejectUnauthorized: true,
    ...(options.ca === undefined ? {} : { ca: [...rootCertificates, checkedAuthority(options.ca)] }),
  });
  guardConnections(plain, 'http:', policy, resolve);
  guardConnections(secure, 'https:', policy, resolve);
  return {
    http: plain,
    https: secure,
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Node passes over a text without a certificate in silence, and every connection would fail later. */
function checkedAuthority(ca: string): string {
  try {
    new X509Certificate(ca);
    return ca;
  } catch {
    throw new InvalidError('CONFIG_INVALID', 'the file of certificate authorities holds no PEM certificate', {
      params: { property: 'caFile', expected: '/path/to/ca.pem', why: 'pemFile' },
    });
  }
}

function guardConnections(
  agent: http.Agent,
  protocol: 'http:' | 'https:',
  policy: AddressPolicy,
  resolve: ResolveHost,
): void {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, onCreated) => {
    const host = bareHost(options.host ?? 'localhost');
    const guarded = { ...options, ...severalAddresses };
    try {
      const target = connectionTarget(protocol, host, options.port);
      refuseForbiddenUrl(target, policy);
      return connect({ ...guarded, lookup: checkedLookup(target, policy, resolve) }, onCreated);
    } catch (refusal) {
      // Node asks no lookup for a literal address, so a refused one gets a name that the lookup can fail.
      return connect(
        { ...guarded, host: 'refused.invalid', lookup: failingLookup(toError(refusal)) },
        onCreated,
      );
    }
  };
}

function connectionTarget(protocol: string, host: string, port: string | number | null | undefined): URL {
  const text = `${protocol}//${isIPv6(host) ? `[${host}]` : host}${port ? `:${port}` : ''}`;
  if (!URL.canParse(text)) throw addressRefusal('unreadable', '', 'this is not the name of a host');
  return new URL(text);
}

function checkedLookup(target: URL, policy: AddressPolicy, resolve: ResolveHost): LookupFunction {
  return (host, { all }, onFound) => {
    resolveChecked(host, target, policy, resolve).then(
      ([first, ...others]) => {
        if (all) onFound(null, [first, ...others]);
        else onFound(null, first.address, first.family);
      },
      (error: unknown) => onFound(toError(error), []),
    );
  };
}

function failingLookup(refusal: Error): LookupFunction {
  return (_host, _options, onFound) => process.nextTick(() => onFound(refusal, []));
}

type Addresses = [LookupAddress, ...LookupAddress[]];

async function resolveChecked(
  host: string,
  target: URL,
  policy: AddressPolicy,
  resolve: ResolveHost,
): Promise<Addresses> {
  if (isLoopbackHost(host)) return loopbackAddresses;
  const [first, ...others] = await resolve(host);
  if (!first) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
  for (const { address } of [first, ...others]) refuseForbiddenAddress(address, target, policy);
  return [first, ...others];
}

/** What RFC 6761 says these names mean; many systems know only the bare `localhost`. */
const loopbackAddresses: Addresses = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
