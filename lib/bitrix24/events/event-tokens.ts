import { at, entriesAt, textAt } from '../../core/fields';

/** BitBot hands tokens to its builders; here only those that the integrator names. */
export const tokenNames = ['user_access_token', 'bot_access_token', 'access_token'] as const;
export type TokenName = (typeof tokenNames)[number];

/**
 * What an event's body carries: the token of the person who acted (in an Open Channel, the client) and that of the
 * bot. `user_access_token`, the app's own, is not in events: the portal's credential has it.
 */
export function tokensInEvent(body: unknown, botCode: string): Partial<Record<TokenName, string>> {
  const data = at(body, 'data');
  const owners = [at(data, 'bot'), ...entriesAt(data, 'BOT'), ...entriesAt(data, 'COMMAND')];
  const owner = owners.find((one) => (textAt(one, 'code') ?? textAt(one, 'BOT_CODE')) === botCode);
  const ofBot =
    textAt(owner, 'auth', 'access_token') ??
    textAt(owner, 'AUTH', 'access_token') ??
    textAt(owner, 'access_token');
  const ofPerson = textAt(body, 'auth', 'access_token');
  return {
    ...(ofBot !== undefined && { bot_access_token: ofBot }),
    ...(ofPerson !== undefined && { access_token: ofPerson }),
  };
}
