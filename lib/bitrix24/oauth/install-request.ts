import { at, flagAt, idAt, textAt } from '../../core/fields';

/** What came to the address of the app: the decoded query and the decoded body. */
export interface AppRequest {
  readonly query?: unknown;
  readonly body: unknown;
}

/** Tokens that somebody says are ours. Claims until the auth server has confirmed them. */
export interface ClaimedInstall {
  readonly via: 'event' | 'page';
  readonly memberId: string;
  /** Empty when the sender named none. */
  readonly domain: string;
  readonly clientEndpoint: string;
  readonly serverEndpoint: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: number;
  readonly applicationToken: string;
  readonly scope: string;
  readonly status: string;
  readonly userId: number | null;
}

/** An event about an app that is installed already. */
export interface AppNotice {
  readonly memberId: string;
  readonly domain: string;
  readonly applicationToken: string;
  readonly accessToken: string | undefined;
  readonly serverEndpoint: string | undefined;
  readonly scope: string | undefined;
  readonly clean: boolean;
}

export type AppRequestKind = 'install' | 'page' | 'update' | 'uninstall';

const kindsOfEvents: Readonly<Record<string, AppRequestKind>> = {
  ONAPPINSTALL: 'install',
  ONAPPUPDATE: 'update',
  ONAPPUNINSTALL: 'uninstall',
};

/** None for everything that an installer has no business with. */
export function appRequestKind({ body }: AppRequest): AppRequestKind | undefined {
  const event = textAt(body, 'event')?.toUpperCase();
  if (event !== undefined) return Object.hasOwn(kindsOfEvents, event) ? kindsOfEvents[event] : undefined;
  return textAt(body, 'AUTH_ID') === undefined ? undefined : 'page';
}

export function readInstallEvent({ body }: AppRequest, now: number): ClaimedInstall | undefined {
  const auth = at(body, 'auth');
  const domain = textAt(auth, 'domain')?.toLowerCase() ?? '';
  return whole({
    via: 'event',
    memberId: textAt(auth, 'member_id'),
    domain,
    clientEndpoint: textAt(auth, 'client_endpoint') ?? endpointOf(domain, 'https'),
    serverEndpoint: textAt(auth, 'server_endpoint'),
    accessToken: textAt(auth, 'access_token'),
    refreshToken: textAt(auth, 'refresh_token'),
    expiresAt: expiryOf(idAt(auth, 'expires_in'), idAt(auth, 'expires'), now),
    applicationToken: textAt(auth, 'application_token'),
    scope: textAt(auth, 'scope') ?? '',
    status: textAt(auth, 'status') ?? '',
    userId: idAt(auth, 'user_id') ?? null,
  });
}

export function readInstallPage({ query, body }: AppRequest, now: number): ClaimedInstall | undefined {
  const read = (name: string): string | undefined => textAt(body, name) ?? textAt(query, name);
  const domain = read('DOMAIN')?.toLowerCase() ?? '';
  return whole({
    via: 'page',
    memberId: read('member_id'),
    domain,
    clientEndpoint: endpointOf(domain, read('PROTOCOL') === '0' ? 'http' : 'https'),
    serverEndpoint: read('SERVER_ENDPOINT'),
    accessToken: read('AUTH_ID'),
    refreshToken: read('REFRESH_ID'),
    expiresAt: expiryOf(idAt(body, 'AUTH_EXPIRES'), undefined, now),
    applicationToken: read('APPLICATION_TOKEN'),
    scope: read('APPLICATION_SCOPE') ?? '',
    status: read('status') ?? '',
    userId: null,
  });
}

export function readNotice({ body }: AppRequest): AppNotice | undefined {
  const auth = at(body, 'auth');
  const memberId = textAt(auth, 'member_id');
  if (memberId === undefined) return undefined;
  return {
    memberId,
    domain: textAt(auth, 'domain')?.toLowerCase() ?? '',
    applicationToken: textAt(auth, 'application_token') ?? '',
    accessToken: textAt(auth, 'access_token'),
    serverEndpoint: textAt(auth, 'server_endpoint'),
    scope: textAt(auth, 'scope'),
    clean: flagAt(body, 'data', 'CLEAN'),
  };
}

type Unsure<T> = { readonly [Key in keyof T]: T[Key] | undefined };

function whole(claim: Unsure<ClaimedInstall>): ClaimedInstall | undefined {
  return isWhole(claim) ? claim : undefined;
}

function isWhole(claim: Unsure<ClaimedInstall>): claim is ClaimedInstall {
  return Object.values(claim).every((value) => value !== undefined);
}

function endpointOf(domain: string, scheme: string): string | undefined {
  return domain === '' ? undefined : `${scheme}://${domain}/rest/`;
}

/** The event may come late, and the clock here may be wrong: the sooner of the two dates. */
function expiryOf(secondsLeft: number | undefined, expires: number | undefined, now: number): number {
  const fromNow = now + (secondsLeft ?? 3600) * 1000;
  return expires === undefined ? fromNow : Math.min(fromNow, expires * 1000);
}
