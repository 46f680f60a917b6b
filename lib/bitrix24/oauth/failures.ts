import { BitlaneError, RefusedError, UnreachableError, type ErrorCode } from '../../core/errors';

/** Asked of the auth server: no address, no secret, so that it can be shown. */
export interface Asked {
  readonly what: string;
  readonly host: string;
  /** The domain of the portal; empty when it is not known yet. */
  readonly portal: string;
}

const codesOfRefusals: Readonly<Record<string, ErrorCode>> = {
  invalid_grant: 'BITRIX_APP_LOST',
  invalid_client: 'BITRIX_APP_KEYS',
  payment_required: 'BITRIX_APP_UNPAID',
  invalid_token: 'BITRIX_AUTH',
  expired_token: 'BITRIX_AUTH',
  no_auth_found: 'BITRIX_AUTH',
};

/** The auth server said no. Its own description is left out: it may quote what it was sent. */
export function refusedByAuthServer(asked: Asked, status: number, serviceCode: string): RefusedError {
  const code = codesOfRefusals[serviceCode.toLowerCase()] ?? 'BITRIX_REFUSED';
  return new RefusedError(code, `${asked.what}: the auth server ${asked.host} answered ${serviceCode}`, {
    status,
    serviceCode,
    params: { portal: asked.portal, host: asked.host, method: asked.what, reason: serviceCode },
  });
}

export function noUsableAnswer(asked: Asked, reason: string, cause?: UnreachableError): UnreachableError {
  const message = `${asked.what}: the auth server ${asked.host} gave no usable answer (${reason})`;
  return new UnreachableError('BITRIX_AUTH_SERVER', message, {
    sent: cause?.sent ?? true,
    params: { portal: asked.portal, host: asked.host, reason },
    ...(cause ? { cause } : {}),
  });
}

/** The portal has no tokens of ours, or the ones it had are good for nothing. */
export function appIsLost(portal: string): RefusedError {
  return new RefusedError(
    'BITRIX_APP_LOST',
    `there is no authorisation for ${portal}: install the app again`,
    {
      params: { portal },
    },
  );
}

export function storeFailed(what: string, thrown: unknown): RefusedError {
  const reason = reasonOf(thrown);
  return new RefusedError('STORE_UNAVAILABLE', `${what} (${reason})`, {
    params: { reason },
    // An error that is not ours may quote what was to be stored: the tokens.
    ...(thrown instanceof BitlaneError ? { cause: thrown } : {}),
  });
}

function reasonOf(thrown: unknown): string {
  if (thrown instanceof BitlaneError) return String(thrown.params['reason'] ?? thrown.code);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z_]{2,30}$/.test(code) ? code : 'unknown';
}
