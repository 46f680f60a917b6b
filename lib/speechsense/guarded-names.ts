import { randomUUID } from 'node:crypto';
import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { experimental, Metadata, status } from '@grpc/grpc-js';
import { bareHost, refuseForbiddenAddress } from '../core/address-rules';
import { toError } from '../core/errors';
import { isLoopbackHost, type AddressPolicy, type ResolveHost } from '../core/network-guard';
import type { Endpoint } from './endpoint';

export interface GuardedName {
  /** What the channel is given as its target. */
  readonly target: string;
  /** Why the name was last not followed. */
  failure(): Error | undefined;
  close(): void;
}

interface Watched {
  readonly endpoint: Endpoint;
  readonly policy: AddressPolicy;
  readonly resolve: ResolveHost;
  failure: Error | undefined;
}

/** Its own for each copy of the pack in a process: all of them share gRPC's table of schemes. */
const scheme = `bitlane-${randomUUID()}`;
const watchedNames = new Map<string, Watched>();
const betweenLooksMs = 1000;
let lastId = 0;
let isRegistered = false;

/**
 * gRPC would look the name up by itself and connect to whatever came out. Through this the addresses are checked, and
 * the ones that were checked are connected to.
 */
export function guardName(endpoint: Endpoint, policy: AddressPolicy, resolve?: ResolveHost): GuardedName {
  if (!isRegistered) experimental.registerResolver(scheme, GuardedResolver);
  isRegistered = true;
  const id = String((lastId += 1));
  const watched: Watched = {
    endpoint,
    policy,
    resolve: resolve ?? ((host) => dns.lookup(host, { all: true })),
    failure: undefined,
  };
  watchedNames.set(id, watched);
  return {
    target: `${scheme}://${id}/${endpoint.authority}`,
    failure: () => watched.failure,
    close: () => void watchedNames.delete(id),
  };
}

/** gRPC wants a class. */
class GuardedResolver implements experimental.Resolver {
  private isLooking = false;
  private isOver = false;
  private pause: NodeJS.Timeout | undefined;
  private lookedAt = -Infinity;

  constructor(
    private readonly target: experimental.GrpcUri,
    private readonly listener: experimental.ResolverListener,
  ) {}

  static getDefaultAuthority(target: experimental.GrpcUri): string {
    return target.path;
  }

  /** gRPC asks again at once whenever an address does not answer: without a pause that would be a circle. */
  updateResolution(): void {
    this.isOver = false;
    if (this.isLooking || this.pause) return;
    const waitMs = this.lookedAt + betweenLooksMs - performance.now();
    if (waitMs > 0) this.pause = setTimeout(() => this.look(), waitMs).unref();
    else this.look();
  }

  private look(): void {
    this.pause = undefined;
    this.isLooking = true;
    this.lookedAt = performance.now();
    addressesOf(watchedNames.get(this.target.authority ?? '')).then(
      (endpoints) => this.tell(experimental.statusOrFromValue(endpoints)),
      (error: unknown) => this.tell(nameFailure(toError(error))),
    );
  }

  destroy(): void {
    this.isOver = true;
    clearTimeout(this.pause);
    this.pause = undefined;
  }

  private tell(found: experimental.StatusOr<experimental.Endpoint[]>): void {
    this.isLooking = false;
    if (!this.isOver) this.listener(found, {}, null, '');
  }
}

async function addressesOf(watched: Watched | undefined): Promise<experimental.Endpoint[]> {
  if (!watched) throw new Error('the channel is closed');
  try {
    const found = await checkedAddresses(watched);
    watched.failure = undefined;
    return found.map((host) => ({ addresses: [{ host, port: watched.endpoint.port }] }));
  } catch (error) {
    watched.failure = toError(error);
    throw error;
  }
}

async function checkedAddresses({ endpoint, policy, resolve }: Watched): Promise<string[]> {
  const host = bareHost(endpoint.host);
  // parseServiceUrl has judged literal addresses already.
  if (isIP(host)) return [host];
  // gRPC tells the error of the address it tried last: that of the one where nearly everybody listens.
  if (isLoopbackHost(host)) return ['::1', '127.0.0.1'];
  const found = await resolve(host);
  if (found.length === 0) throw Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' });
  for (const { address } of found) refuseForbiddenAddress(address, endpoint.url, policy);
  return found.map(({ address }) => address);
}

function nameFailure(error: Error): experimental.StatusOr<experimental.Endpoint[]> {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  return experimental.statusOrFromError({
    code: status.UNAVAILABLE,
    details: `Name resolution failed: ${code}`,
    metadata: new Metadata(),
  });
}
