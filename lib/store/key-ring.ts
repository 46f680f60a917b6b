import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { InvalidError } from '../core/errors';

/**
 * Seals with AES-256-GCM. Sealed bytes: key id (8), nonce (12), tag (16), cipher text. What it belongs to is
 * bound in, so that a sealed value moved to another key does not open there.
 */
export interface KeyRing {
  seal(text: string, belongsTo: string): Buffer;
  /** undefined when the key is gone or the bytes were tampered with. */
  open(sealed: Buffer, belongsTo: string): string | undefined;
  hasKeyOf(sealed: Buffer): boolean;
  isCurrent(sealed: Buffer): boolean;
  /** From now on seals with this key; those before go on opening. */
  use(key: string): void;
}

const headLength = 36;
const nonceLength = 12;
const noncesAtOnce = 512;
let nonces = Buffer.alloc(0);

/** Each is given once. Chance is fetched for many at a time: asking for it costs more than sealing does. */
function nextNonce(): Buffer {
  if (nonces.length === 0) nonces = randomBytes(nonceLength * noncesAtOnce);
  const nonce = nonces.subarray(0, nonceLength);
  nonces = nonces.subarray(nonceLength);
  return nonce;
}

interface Key {
  id: Buffer;
  secret: Buffer;
}

export function createKeyRing(key: string, previousKeys: readonly string[] = []): KeyRing {
  let current = parseKey(key);
  const keys = new Map([...previousKeys.map(parseKey), current].map((each) => [idText(each.id), each]));
  /** Without a text or a view: when a store is opened, all that is sealed is asked for its key. */
  const isCurrent = (sealed: Buffer): boolean =>
    sealed.length >= 8 && sealed.compare(current.id, 0, 8, 0, 8) === 0;
  const keyOf = (sealed: Buffer): Key | undefined =>
    isCurrent(sealed) ? current : keys.get(idText(sealed.subarray(0, 8)));

  return {
    seal(text, belongsTo) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', current.secret, nonce);
      cipher.setAAD(Buffer.from(JSON.stringify(belongsTo)));
      const body = cipher.update(text, 'utf8');
      // In this mode nothing is left for the end.
      cipher.final();
      return Buffer.concat([current.id, nonce, cipher.getAuthTag(), body], headLength + body.length);
    },
    open(sealed, belongsTo) {
      const held = keyOf(sealed);
      if (!held || sealed.length < headLength) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', held.secret, sealed.subarray(8, 20), {
        authTagLength: 16,
      });
      decipher.setAAD(Buffer.from(JSON.stringify(belongsTo)));
      decipher.setAuthTag(sealed.subarray(20, 36));
      try {
        const text = decipher.update(sealed.subarray(headLength));
        // In this mode it only checks the tag.
        decipher.final();
        return text.toString('utf8');
      } catch {
        return undefined;
      }
    },
    hasKeyOf: (sealed) => keyOf(sealed) !== undefined,
    isCurrent,
    use(next) {
      current = parseKey(next);
      keys.set(idText(current.id), current);
    },
  };
}

/** 32 bytes, as base64 writes them. */
export const isKey = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text);

const idText = (id: Buffer): string => id.toString('hex');

function parseKey(key: string): Key {
  const secret = Buffer.from(key, 'base64');
  if (secret.length !== 32) {
    throw new InvalidError('CONFIG_INVALID', 'the encryption key is not 32 bytes in base64', {
      params: { property: 'encryptionKey', expected: '32 bytes, base64', why: 'keyBytes' },
    });
  }
  const id = createHash('sha256').update('bitlane store key').update(secret).digest().subarray(0, 8);
  return { id, secret };
}
