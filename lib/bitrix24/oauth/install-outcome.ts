import { BitlaneError, UnreachableError, type ErrorCode } from '../../core/errors';

export type InstallRefusal =
  /** Something that makes an installation is missing. */
  | 'incomplete'
  /** The auth server that it names is not in the list. */
  | 'auth-host'
  /** The address of the portal is forbidden, or is not the one that the auth server knows. */
  | 'address'
  /** Not the portal that the settings name, or not the one that the token is for. */
  | 'other-portal'
  | 'other-app'
  /** The auth server does not know the token or the code. */
  | 'unknown-token'
  /** The application token is not the one that the installation brought; also when there was none. */
  | 'application-token'
  /** Another person opened the page of an app that is installed already. */
  | 'already-installed'
  /** The state of an authorisation link is unknown, used or too old. */
  | 'state'
  | 'busy'
  | 'auth-server'
  | 'store'
  | 'unexpected';

/** `memberId` and `domain` of a refusal are what the sender claimed, perhaps nothing. */
export type InstallOutcome =
  | { kind: 'installed'; memberId: string; domain: string; origin: string }
  | { kind: 'updated'; memberId: string; domain: string }
  | { kind: 'uninstalled'; memberId: string; domain: string; clean: boolean }
  | { kind: 'refused'; memberId: string; domain: string; reason: InstallRefusal; error?: BitlaneError };

export interface Claimant {
  readonly memberId: string;
  readonly domain: string;
}

export type RefusedInstall = Extract<InstallOutcome, { kind: 'refused' }>;

const nobody: Claimant = { memberId: '', domain: '' };

export function refused(
  reason: InstallRefusal,
  { memberId, domain }: Claimant = nobody,
  error?: BitlaneError,
): RefusedInstall {
  return { kind: 'refused', memberId, domain, reason, ...(error ? { error } : {}) };
}

const reasonsOfCodes: Partial<Readonly<Record<ErrorCode, InstallRefusal>>> = {
  BITRIX_AUTH_HOST: 'auth-host',
  ADDRESS_REFUSED: 'address',
  BITRIX_AUTH: 'unknown-token',
  BITRIX_APP_LOST: 'unknown-token',
  STORE_UNAVAILABLE: 'store',
};

/** What to say instead of throwing. An error that is not ours is not shown: it may quote tokens. */
export function refusedBecause(thrown: unknown, claimant: Claimant | undefined): RefusedInstall {
  if (!(thrown instanceof BitlaneError)) return refused('unexpected', claimant);
  const isAuthServer = thrown instanceof UnreachableError || thrown.code.startsWith('BITRIX_');
  const reason = reasonsOfCodes[thrown.code] ?? (isAuthServer ? 'auth-server' : 'unexpected');
  return refused(reason, claimant, thrown);
}
