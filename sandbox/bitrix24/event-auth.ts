import { createHash } from 'node:crypto';
import { accessSeconds } from './oauth';
import type { PhpMap } from './php-query';
import { unixSeconds } from './stamp';
import type { Bot, PortalState } from './state';

/**
 * One token per sender. A v1 bot made through a webhook has its CLIENT_ID there; the form that v2 derives
 * from the botToken is not documented, so here it is opaque but always the same.
 */
export function applicationToken(state: PortalState, bot: Bot): string {
  if (bot.owner.kind === 'app') return appToken(state, bot.owner.clientId);
  return bot.api === 'v1' ? bot.owner.token : opaque(`bot|${state.memberId}|${bot.owner.token}`);
}

export function appToken(state: PortalState, clientId: string): string {
  return opaque(`app|${state.memberId}|${clientId}`);
}

function opaque(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 32);
}

function certainPart(state: PortalState, token: string): PhpMap {
  return {
    domain: state.domain,
    client_endpoint: `${state.origin}/rest/`,
    server_endpoint: state.serverEndpoint,
    member_id: state.memberId,
    application_token: token,
  };
}

/** Tokens come only with an app's events, and belong to the person whose action caused the event. */
export function eventAuth(state: PortalState, bot: Bot, userId: number): PhpMap {
  const certain = certainPart(state, applicationToken(state, bot));
  if (bot.owner.kind !== 'app' || userId === 0) return certain;
  return { ...appTokens(state, bot.owner.clientId, userId), ...certain };
}

export function appTokens(state: PortalState, clientId: string, userId: number): PhpMap {
  const access = state.grants.lend(clientId, userId);
  return {
    access_token: access.token,
    expires: unixSeconds(access.expiresAt),
    expires_in: accessSeconds,
    scope: (state.app?.scopes ?? []).join(','),
    status: 'L',
    user_id: userId,
    ...certainPart(state, appToken(state, clientId)),
  };
}

/** The set that lets its holder act as the bot itself. */
export function botAuth(state: PortalState, bot: Bot): PhpMap {
  return eventAuth(state, bot, bot.id);
}
