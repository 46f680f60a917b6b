import { createHash, randomBytes } from 'node:crypto';

/** As long as Typebot's ids, and of the same letters. The same parts always give the same one. */
export function steadyId(...parts: readonly (string | number)[]): string {
  return shortened(createHash('sha256').update(parts.join('\n')).digest());
}

export function freshId(): string {
  return shortened(randomBytes(32));
}

function shortened(bytes: Buffer): string {
  return `c${BigInt(`0x${bytes.toString('hex')}`)
    .toString(36)
    .slice(0, 23)}`;
}
