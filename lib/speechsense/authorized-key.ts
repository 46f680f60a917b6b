import { constants, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { InvalidError } from '../core/errors';
import { textAt } from '../core/fields';
import { parseJson } from '../core/json';

/** A key file of a service account, as Yandex Cloud hands it out. */
export interface AuthorizedKey {
  readonly keyId: string;
  readonly serviceAccountId: string;
  readonly privateKey: KeyObject;
}

export function parseAuthorizedKey(text: string): AuthorizedKey {
  const file = parseJson(text);
  if (typeof file !== 'object' || file === null) throw unusable('notJson', 'this is no JSON of a key file');
  const keyId = textAt(file, 'id');
  const serviceAccountId = textAt(file, 'service_account_id');
  const pem = textAt(file, 'private_key');
  const missing = [
    ...(keyId === undefined ? ['id'] : []),
    ...(serviceAccountId === undefined ? ['service_account_id'] : []),
    ...(pem === undefined ? ['private_key'] : []),
  ];
  if (keyId === undefined || serviceAccountId === undefined || pem === undefined) {
    throw unusable('missing', `the key file has no ${missing.join(', ')}`, missing.join(', '));
  }
  return { keyId, serviceAccountId, privateKey: readPem(pem) };
}

const tokenLifeSeconds = 3600;

/** The proof that is exchanged for a token; good for an hour at most. */
export function signProof(key: AuthorizedKey, audience: string, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const header = { typ: 'JWT', alg: 'PS256', kid: key.keyId };
  const claims = {
    iss: key.serviceAccountId,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + tokenLifeSeconds,
  };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: key.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
  return `${signed}.${signature.toString('base64url')}`;
}

function base64url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function readPem(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(withNewLines(pem));
  } catch {
    // The reason of the crypto library says nothing to a person, and may hold pieces of the key.
    throw unusable('unreadable', 'the private_key of the key file cannot be read');
  }
  if (key.asymmetricKeyType === 'rsa') return key;
  throw unusable('notRsa', 'the private_key of the key file is no RSA key');
}

/** Pasting through forms and variables turns new lines into the two characters \n, or into spaces. */
function withNewLines(pem: string): string {
  const [, kind, body] =
    /-----BEGIN ([A-Z ]+)-----([\s\S]+?)-----END/.exec(pem.replaceAll('\\n', '\n')) ?? [];
  if (kind === undefined || body === undefined) return pem;
  const lines = body.replace(/\s+/g, '').replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${kind}-----\n${lines}\n-----END ${kind}-----\n`;
}

type KeyFileFault = 'notJson' | 'missing' | 'unreadable' | 'notRsa';

function unusable(fault: KeyFileFault, reason: string, fields = ''): InvalidError {
  return new InvalidError('SPEECHSENSE_KEY_FILE', reason, { params: { reason, fault, fields } });
}
