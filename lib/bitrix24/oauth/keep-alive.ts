import { systemClock, type Clock } from '../../core/clock';
import { toError } from '../../core/errors';
import { runAlone } from '../../store/alone';
import type { StoreSource } from '../../store/store';
import type { TokenVault } from '../rest/credential';
import type { AuthServerClient } from './auth-server';
import { createPortalAddresses, type PortalAddresses } from './portal-addresses';
import { storeFailed } from './failures';
import { sharedTokens } from './shared-tokens';

export interface KeepAliveOptions {
  readonly vault: TokenVault;
  readonly authServer: AuthServerClient;
  readonly addresses?: PortalAddresses | undefined;
  readonly clock?: Clock | undefined;
  /** A refresh token lives for 180 days; a quarter of that leaves time for an auth server that is down. */
  readonly idleDays?: number | undefined;
}

export interface KeepAliveOutcome {
  renewed: string[];
  failed: { memberId: string; error: Error }[];
}

const dayMs = 24 * 3_600_000;

/** To be called about daily: refreshes the portals that have had no refresh for long. One after the other. */
export function createKeepAlive(
  options: KeepAliveOptions,
): (signal?: AbortSignal) => Promise<KeepAliveOutcome> {
  const { vault, authServer, clock = systemClock, idleDays = 45 } = options;
  const addresses = options.addresses ?? createPortalAddresses();

  async function renewWhenIdle(memberId: string): Promise<boolean> {
    const { slot, renewal } = sharedTokens(vault, memberId);
    const tokens = await slot.reload();
    if (!tokens || clock.now() - tokens.renewedAt <= idleDays * dayMs) return false;
    await renewal.renew(tokens.accessToken, { authServer, addresses, clock });
    return true;
  }

  return async (signal) => {
    const outcome: KeepAliveOutcome = { renewed: [], failed: [] };
    const memberIds = await vault.list().catch((thrown: unknown) => {
      throw storeFailed('the list of portals could not be read', thrown);
    });
    for (const memberId of memberIds) {
      if (signal?.aborted) break;
      try {
        if (await renewWhenIdle(memberId)) outcome.renewed.push(memberId);
      } catch (thrown) {
        outcome.failed.push({ memberId, error: toError(thrown) });
      }
    }
    return outcome;
  };
}

export interface DailyKeepAliveOptions extends KeepAliveOptions {
  readonly store: StoreSource;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: Error) => void;
}

/** Every day until the signal, in one of the processes that share the store. What fails is done on the next day. */
export function keepAliveDaily(options: DailyKeepAliveOptions): Promise<void> {
  const { store, authServer, clock, signal, onFailure } = options;
  const keepAlive = createKeepAlive(options);

  async function everyDay(untilLost: AbortSignal): Promise<void> {
    while (!untilLost.aborted) {
      try {
        const { failed } = await keepAlive(untilLost);
        for (const { error } of failed) onFailure(error);
      } catch (thrown) {
        if (!untilLost.aborted) onFailure(toError(thrown));
      }
      await clock.sleep(dayMs, untilLost).catch(() => undefined);
    }
  }

  return runAlone({ store, name: `bitrix:keep-alive:${authServer.clientId}`, clock, signal, work: everyDay });
}
