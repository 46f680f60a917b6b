import type { Credential } from './credential';

/**
 * The secret address of an incoming webhook. It does not run out, so nothing renews it; and no other address can
 * prove that it is the same portal without being shown the secret, so it never moves.
 */
export function webhookCredential(base: URL): Credential {
  return {
    base: () => base,
    fields: () => Promise.resolve({}),
    renew: () => Promise.resolve(false),
    moveTo: () => Promise.reject(new Error('the address of a webhook is corrected by a person')),
  };
}
