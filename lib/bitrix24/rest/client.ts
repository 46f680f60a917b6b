import { systemClock, type Clock } from '../../core/clock';
import type { HttpClient } from '../../core/http';
import type { SharedBudget } from '../../store/shared-budget';
import { createBatch } from './batch';
import type { Credential } from './credential';
import type { PortalLimiter } from './limiter';
import { leaseLimiter, type LimiterLease, type PortalPlan } from './limiter-registry';
import { createList } from './list';
import type { CallOptions, CallParams, PortalRest, RestAnswer } from './portal';
import { checkMethodName, wrapped } from './call';
import { followMove } from './move';
import { createOperatingLedger, holdOverdrawnMethods, noteOperatingTime } from './operating';
import { createOutbox } from './outbox';
import { renewOnce, repeatWhereSafe, takeTurn, waitOutRateLimit } from './policies';
import { postTo } from './post';
import { createStopper } from './stop';
import { tellingReach } from './reach';

export interface RestClientOptions {
  credential: Credential;
  /** Stays open when the client is closed: it belongs to whoever made it. */
  http: HttpClient;
  plan?: PortalPlan;
  /** What other processes with the same address count against as well. */
  budget?: SharedBudget | undefined;
  clock?: Clock;
  random?: () => number;
  /** After each call: why the portal cannot be used at all, no answer or a refused key, or that it can. */
  onReach?: ((failure: Error | undefined) => void) | undefined;
}

/** Calls methods of one portal with one credential. The policies are listed from the outside in. */
export function createRestClient(options: RestClientOptions): PortalRest {
  const { credential, http, clock = systemClock, plan = 'standard', random, budget } = options;
  const limiter = followLimiter(credential, (origin) =>
    leaseLimiter(origin, { plan, clock, random, budget }),
  );
  const ledger = createOperatingLedger(clock);
  const stopper = createStopper();
  const reaching = tellingReach(options.onReach);

  const oneTry = wrapped(postTo(credential, http, clock), [
    followMove(credential),
    renewOnce(credential),
    takeTurn(limiter.current),
    noteOperatingTime(ledger),
  ]);
  const persistent = wrapped(oneTry, [
    repeatWhereSafe(clock, random),
    holdOverdrawnMethods(ledger),
    waitOutRateLimit(),
  ]);
  const outbox = createOutbox({ caller: oneTry, limiter: limiter.current, ledger, clock, random });

  async function ask(method: string, params: CallParams, call: CallOptions): Promise<RestAnswer> {
    checkMethodName(method);
    return reaching(stopper.run(call.signal, (signal) => persistent({ ...call, method, params, signal })));
  }

  function close(): void {
    stopper.stop();
    outbox.close();
    ledger.close();
    limiter.release();
  }

  async function finish(limitMs: number): Promise<void> {
    const limit = new AbortController();
    const late = clock.sleep(limitMs, limit.signal).catch(() => undefined);
    stopper.stop();
    await Promise.race([outbox.drain(), late]);
    limit.abort();
    close();
  }

  return {
    ask,
    call: async (method, params, call) => (await ask(method, params, call)).result,
    send: async (lane, method, params, sending) =>
      (await reaching(outbox.send(lane, method, params, sending))).result,
    batch: createBatch(ask, ledger),
    list: createList(ask),
    close,
    finish,
  };
}

/** The limiter of the origin that the credential leads to now. */
function followLimiter(
  credential: Credential,
  lease: (origin: string) => LimiterLease,
): { current: () => PortalLimiter; release: () => void } {
  let held = { origin: credential.base().origin, ...lease(credential.base().origin) };
  return {
    current() {
      const { origin } = credential.base();
      if (origin !== held.origin) {
        held.release();
        held = { origin, ...lease(origin) };
      }
      return held.limiter;
    },
    release: () => held.release(),
  };
}
