import { constants, generateKeyPairSync, randomBytes, randomUUID, verify, type KeyObject } from 'node:crypto';
import type { Clock } from '../../lib/core/clock';
import { at, textAt } from '../../lib/core/fields';
import { listen, sendJson, type Listener } from '../shared/http-listener';

export interface IamDesk {
  readonly origin: string;
  /** The JSON of a key file, as the console hands it out. */
  keyFile(): string;
  /** Whether this token opens the service now. */
  knows(token: string): boolean;
  /** Makes every token that was given out unknown. */
  revoke(): void;
  /** The bodies of the exchanges that were asked for. */
  readonly exchanges: { ok: boolean; reason: string }[];
  /** The next answers are this instead. */
  failNext(...answers: { status: number; body: unknown }[]): void;
  stop(): Promise<void>;
}

const audience = 'https://iam.api.cloud.yandex.net/iam/v1/tokens';
const serviceAccountId = 'ajesandboxserviceacct';
const tokenLifeMs = 12 * 3600_000;

export async function startIam(clock: Clock): Promise<IamDesk> {
  const keyId = `aje${randomUUID().slice(0, 17)}`;
  let pair: { publicKey: KeyObject; privateKey: KeyObject } | undefined;
  const tokens = new Map<string, number>();
  const exchanges: { ok: boolean; reason: string }[] = [];
  const failures: { status: number; body: unknown }[] = [];

  const keys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
    (pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

  const listener: Listener = await listen((request, response) => {
    if (request.method !== 'POST' || request.url.pathname !== '/iam/v1/tokens') {
      return sendJson(response, 404, { code: 5, message: 'Not found' });
    }
    const failure = failures.shift();
    if (failure) {
      exchanges.push({ ok: false, reason: `status ${failure.status}` });
      return sendJson(response, failure.status, failure.body);
    }
    const proof = textAt(parse(request.body.toString()), 'jwt') ?? '';
    const reason = faultOf(proof);
    exchanges.push({ ok: reason === '', reason });
    if (reason !== '') return sendJson(response, 401, { code: 16, message: `${reason}: ${proof}` });
    const iamToken = `t1.${randomBytes(48).toString('base64url')}`;
    const end = clock.now() + tokenLifeMs;
    tokens.set(iamToken, end);
    const expiresAt = new Date(end).toISOString().replace('Z', '123456Z');
    return sendJson(response, 200, { iamToken, expiresAt });
  });

  function faultOf(proof: string): string {
    const [head = '', body = '', signature = '', ...rest] = proof.split('.');
    if (rest.length > 0) return 'JWT has too many parts';
    const header = parse(Buffer.from(head, 'base64url').toString());
    const claims = parse(Buffer.from(body, 'base64url').toString());
    if (textAt(header, 'alg') !== 'PS256' || textAt(header, 'kid') !== keyId) return 'Unknown key';
    if (textAt(claims, 'iss') !== serviceAccountId || textAt(claims, 'aud') !== audience)
      return 'Wrong claims';
    const issued = Number(at(claims, 'iat'));
    const expires = Number(at(claims, 'exp'));
    const now = clock.now() / 1000;
    if (!(expires - issued <= 3600) || issued > now + 60 || expires < now)
      return 'JWT is not valid at this time';
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      {
        key: keys().publicKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      },
      Buffer.from(signature, 'base64url'),
    );
    return isSigned ? '' : 'JWT is invalid';
  }

  return {
    origin: listener.origin,
    exchanges,
    keyFile: () =>
      JSON.stringify({
        id: keyId,
        service_account_id: serviceAccountId,
        created_at: new Date(clock.now()).toISOString(),
        key_algorithm: 'RSA_2048',
        public_key: keys().publicKey.export({ type: 'spki', format: 'pem' }),
        private_key: `PLEASE DO NOT REMOVE THIS LINE! Sandbox key ${keyId}\n${String(
          keys().privateKey.export({ type: 'pkcs8', format: 'pem' }),
        )}`,
      }),
    knows: (token) => (tokens.get(token) ?? 0) > clock.now(),
    revoke: () => tokens.clear(),
    failNext: (...answers) => void failures.push(...answers),
    stop: () => listener.stop(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
