/**
 * The same bytes in portions of one size, the last one smaller, none of them empty; uncopied, so a portion is a list of
 * parts.
 */
export async function* rechunk(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<readonly Buffer[], undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const bytes of source) {
    let rest = bytes;
    while (length + rest.length >= size) {
      const taken = size - length;
      yield [...parts, rest.subarray(0, taken)];
      parts = [];
      length = 0;
      rest = rest.subarray(taken);
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    length += rest.length;
  }
  if (length > 0) yield parts;
}
