import type { PortalTokens, RenewalLeave, TokenVault } from '../rest/credential';
import { storeFailed } from './failures';

/** The tokens of one portal as this process knows them, and the one way to change them: saved first, then known. */
export interface TokenSlot {
  readonly memberId: string;
  known(): PortalTokens | undefined;
  /** Reads the vault again: another process may have changed it. */
  reload(): Promise<PortalTokens | undefined>;
  /** One change after the other. `next` sees what is stored now; what it does not give is not changed. */
  change(
    next: (stored: PortalTokens | undefined) => PortalTokens | undefined,
  ): Promise<PortalTokens | undefined>;
  remove(): Promise<void>;
  /** To be the one who gets a new pair: none while another process is. */
  leaveToRenew(): Promise<RenewalLeave | undefined>;
}

const unshared: RenewalLeave = { giveBack: () => Promise.resolve() };

export function createTokenSlot(vault: TokenVault, memberId: string): TokenSlot {
  let known: PortalTokens | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function read(): Promise<PortalTokens | undefined> {
    try {
      known = await vault.load(memberId);
      return known;
    } catch (thrown) {
      throw storeFailed('the authorisation of the portal could not be read', thrown);
    }
  }

  async function write(tokens: PortalTokens): Promise<PortalTokens> {
    try {
      await vault.save(tokens);
    } catch (thrown) {
      throw storeFailed(
        'the new authorisation of the portal could not be saved, so the old one stays',
        thrown,
      );
    }
    known = tokens;
    return tokens;
  }

  return {
    memberId,
    known: () => known,
    reload: () => inTurn(read),
    change: (next) =>
      inTurn(async () => {
        const stored = await read();
        const changed = next(stored);
        return changed ? write(changed) : stored;
      }),
    remove: () =>
      inTurn(async () => {
        try {
          await vault.remove(memberId);
        } catch (thrown) {
          throw storeFailed('the authorisation of the portal could not be removed', thrown);
        }
        known = undefined;
      }),
    async leaveToRenew() {
      try {
        return vault.leaveToRenew ? await vault.leaveToRenew(memberId) : unshared;
      } catch (thrown) {
        throw storeFailed('nobody can tell whether another process renews the authorisation', thrown);
      }
    },
  };
}
