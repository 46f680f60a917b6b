import type { Clock } from '../core/clock';
import { InvalidError } from '../core/errors';
import type { HttpClient } from '../core/http';
import { parseServiceUrl, type AddressPolicy } from '../core/network-guard';
import { parseAuthorizedKey } from './authorized-key';
import { createTokenSource, usualIamEndpoint } from './iam-token';

export interface SpeechSenseCredential {
  readonly authType: 'api-key' | 'iam-token' | 'authorized-key';
  /** The key's secret, the token, or the JSON of the key file. */
  readonly secret: string;
  /** Where a key file is exchanged for a token. */
  readonly iamEndpoint?: string | undefined;
}

/** The header of one call. */
export interface Pass {
  readonly authorization: string;
  /** Called when the service does not know the caller by it. True: another try with a new one makes sense. */
  refused(): boolean;
}

export interface Authorization {
  readonly kind: SpeechSenseCredential['authType'];
  pass(): Promise<Pass>;
  secrets(): readonly string[];
}

export interface AuthorizationOptions {
  readonly policy: AddressPolicy;
  readonly http: HttpClient;
  readonly clock: Clock;
}

export function createAuthorization(
  { authType, secret, iamEndpoint = usualIamEndpoint }: SpeechSenseCredential,
  { policy, http, clock }: AuthorizationOptions,
): Authorization {
  if (authType === 'authorized-key') {
    const endpoint = iamEndpoint.trim() === '' ? usualIamEndpoint : iamEndpoint.trim();
    const key = parseAuthorizedKey(secret);
    const iamEndpointUrl = parseServiceUrl(endpoint, { ...policy, property: 'iamEndpoint' });
    const source = createTokenSource({ key, iamEndpoint: iamEndpointUrl, http, clock });
    return {
      kind: authType,
      secrets: () => [secret, ...source.secrets()],
      async pass() {
        const token = await source.token();
        return {
          authorization: `Bearer ${token}`,
          refused() {
            source.drop(token);
            return true;
          },
        };
      },
    };
  }
  const clean = cleanSecret(secret);
  const pass: Pass = {
    authorization: `${authType === 'api-key' ? 'Api-Key' : 'Bearer'} ${clean}`,
    refused: () => false,
  };
  return { kind: authType, secrets: () => [clean], pass: () => Promise.resolve(pass) };
}

/** As it was copied, perhaps with the words that stand before it in a header. */
function cleanSecret(pasted: string): string {
  const secret = pasted
    .trim()
    .replace(/^authorization:\s*/i, '')
    .replace(/^(?:api-key|bearer)\s+/i, '')
    .trim();
  // gRPC would refuse the header with the secret in the error.
  if (/^[\x21-\x7e]+$/.test(secret)) return secret;
  if (secret === '') {
    throw new InvalidError('CONFIG_EMPTY', 'there is no key', { params: { property: 'secret' } });
  }
  throw new InvalidError('CONFIG_INVALID', 'the key holds characters that no key has', {
    params: { property: 'secret', expected: 'ASCII', why: 'plainKey' },
  });
}
