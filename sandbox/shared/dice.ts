/** Numbers that look thrown, and are always the same for the same seed and place. */
export function roll(seed: number, ...places: readonly number[]): number {
  let mixed = seed | 0;
  for (const place of places) mixed = mix(mixed ^ Math.imul(place | 0, 0x9e3779b1));
  return mix(mixed) >>> 0;
}

/** A whole number from 0 up to, but not including, `sides`. */
export function rollBelow(sides: number, seed: number, ...places: readonly number[]): number {
  return roll(seed, ...places) % sides;
}

export function pick<Item>(items: readonly [Item, ...Item[]], rolled: number): Item {
  return items[rolled % items.length] ?? items[0];
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x119de1f3);
  return mixed ^ (mixed >>> 16);
}
