import { scrypt } from 'node:crypto';
import { InvalidError } from '../core/errors';
import { isKey } from './key-ring';

const shortest = 16;
/**
 * The same for everybody: a salt of its own would lie beside the store, and with that file lost the right
 * words alone would open nothing.
 */
const salt = 'bitlane store key of a text';
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** Throws CONFIG_INVALID when nobody should rely on this text. */
export function assertUsableKey(text: string): void {
  if (text.length >= shortest) return;
  throw new InvalidError('CONFIG_INVALID', 'the encryption key is too short', {
    params: { property: 'encryptionKey', expected: `≥ ${shortest}`, why: 'shortKey' },
  });
}

/** 32 bytes in base64 are taken as they are; any other text is made into such a key, always into the same. */
export async function keyFromText(text: string): Promise<string> {
  assertUsableKey(text);
  if (isKey(text)) return text;
  return new Promise((resolve, reject) => {
    scrypt(text.normalize('NFC'), salt, 32, cost, (failure, key) => {
      if (failure) reject(failure);
      else resolve(key.toString('base64'));
    });
  });
}
