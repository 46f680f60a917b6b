const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The longest beginning of whole characters that fits; an emoji of several code points is one character. */
export function cutToBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let bytes = 0;
  let end = 0;
  for (const { segment, index } of characters.segment(text.slice(0, most))) {
    bytes += Buffer.byteLength(segment);
    if (bytes > most) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
