import { noise } from './other';

/** The same bytes in pieces of one size. */
export function piecesOf(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

export function cutAt(bytes: Buffer, place: number): Buffer[] {
  return [bytes.subarray(0, place), bytes.subarray(place)];
}

/** In pieces of many lengths, some of them empty. */
export function randomPieces(bytes: Buffer, seed: number, longest = 3000): Buffer[] {
  const lengths = noise(4096, seed);
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = Math.floor(((lengths[turn % lengths.length] ?? 0) / 256) * longest);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
