import { InvalidError, RefusedError } from '../../core/errors';
import { isLoopbackHost, parseServiceUrl } from '../../core/network-guard';
import type { Credential } from './credential';
import type { CallPolicy } from './call';

/** The portal answered with a redirect to another origin. Nobody ran the method. */
export class MovedError extends RefusedError {
  readonly #from: string;
  readonly #to: string;

  constructor(method: string, from: string, to: string) {
    const host = URL.canParse(to) ? new URL(to).host : '?';
    super('BITRIX_MOVED', `${method}: the portal points to another address, ${host}`, {
      params: { method, host },
    });
    this.#from = from;
    this.#to = to;
  }

  get from(): string {
    return this.#from;
  }

  get to(): string {
    return this.#to;
  }
}

/**
 * Calls again at the portal's new address, once per call, and only after the address has proved to be the same
 * portal's. Nothing secret goes there before.
 */
export function followMove(credential: Credential): CallPolicy {
  let moving: { to: string; done: Promise<void> } | undefined;

  function moveOnce(moved: MovedError): Promise<void> {
    if (credential.base().origin !== moved.from) return Promise.resolve();
    if (moving?.to === moved.to) return moving.done;
    const done = moveAfterProof(credential, moved).finally(() => (moving = undefined));
    moving = { to: moved.to, done };
    return done;
  }

  return (next) => async (call) => {
    try {
      return await next(call);
    } catch (error) {
      if (!(error instanceof MovedError)) throw error;
      await moveOnce(error);
      return next(call);
    }
  };
}

async function moveAfterProof(credential: Credential, moved: MovedError): Promise<void> {
  const { origin } = acceptableOrigin(moved);
  const isSame = (await credential.proveSameness?.(origin)) ?? false;
  if (!isSame) throw moved;
  await credential.moveTo(origin);
}

/** A received address: never inside a private network, and on loopback only when we were on loopback before. */
function acceptableOrigin(moved: MovedError): URL {
  const from = new URL(moved.from);
  const staysOnLoopback = isLoopbackHost(from.hostname);
  try {
    return parseServiceUrl(moved.to, {
      origin: 'received',
      trustedOrigins: staysOnLoopback ? [moved.to] : [],
    });
  } catch (error) {
    throw error instanceof InvalidError ? moved : error;
  }
}
