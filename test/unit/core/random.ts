/** A small seeded generator (mulberry32), so that a failure can be repeated by its seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

export function randomText(
  random: () => number,
  alphabet: string,
  shortest: number,
  longest: number,
): string {
  const letters = [...alphabet];
  const length = shortest + Math.floor(random() * (longest - shortest + 1));
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? '').join('');
}
