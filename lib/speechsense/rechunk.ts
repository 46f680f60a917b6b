/** The same bytes in pieces of one size, the last one smaller, none of them empty. */
export async function* rechunk(
  source: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<Buffer, undefined> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const bytes of source) {
    if (bytes.length === 0) continue;
    waiting.push(bytes);
    length += bytes.length;
    if (length < size) continue;
    const whole = waiting.length === 1 ? bytes : Buffer.concat(waiting, length);
    let at = 0;
    for (; length - at >= size; at += size) yield whole.subarray(at, at + size);
    length -= at;
    waiting = length === 0 ? [] : [whole.subarray(at)];
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
