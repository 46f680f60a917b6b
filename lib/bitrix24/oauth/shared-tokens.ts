import type { TokenVault } from '../rest/credential';
import { createRenewal, type Renewal } from './renewal';
import { createTokenSlot, type TokenSlot } from './token-slot';

export interface SharedTokens {
  readonly slot: TokenSlot;
  readonly renewal: Renewal;
}

const tokensOfVaults = new WeakMap<TokenVault, Map<string, SharedTokens>>();

/** Whoever works with one portal of one vault shares its tokens, so two credentials of it make one refresh. */
export function sharedTokens(vault: TokenVault, memberId: string): SharedTokens {
  const ofVault = tokensOfVaults.get(vault) ?? new Map<string, SharedTokens>();
  tokensOfVaults.set(vault, ofVault);
  const known = ofVault.get(memberId);
  if (known) return known;
  const slot = createTokenSlot(vault, memberId);
  const shared = { slot, renewal: createRenewal(slot) };
  ofVault.set(memberId, shared);
  return shared;
}
