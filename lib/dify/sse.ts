import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { parseJson } from '../core/json';
import { unusableAnswer } from './outage';

/** A node's event holds whole variables, which may have 200 KB each. */
const largestEventChars = 8 * 1024 * 1024;

/**
 * The JSON of the events in a stream, those of one piece of it together: to hand over each by itself would cost more than
 * to read it. Comments, keep-alives without data and what is no JSON are passed over: one bad record must not cost the
 * answer.
 */
export async function* readSse(
  body: Readable,
  maxEventChars = largestEventChars,
): AsyncGenerator<readonly unknown[]> {
  let found: unknown[] = [];
  let isTooLarge = false;
  const decoder = new TextDecoder();
  const parser = createParser({
    maxBufferSize: maxEventChars,
    onEvent: ({ data }) => {
      const parsed = parseJson(data);
      if (parsed !== undefined) found.push(parsed);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') isTooLarge = true;
    },
  });
  const feed = (text: string): readonly unknown[] => {
    parser.feed(text);
    if (isTooLarge) throw unusableAnswer('stream', 'TOO_LARGE');
    const whole = found;
    found = [];
    return whole;
  };
  try {
    for await (const chunk of body) {
      const piece: unknown = chunk;
      if (Buffer.isBuffer(piece)) yield feed(decoder.decode(piece, { stream: true }));
    }
  } catch (error) {
    // What arrived whole before the break counts, also when only its empty line is missing.
    if (!isTooLarge) yield feed(`${decoder.decode()}\n\n`);
    throw error;
  }
  yield feed(`${decoder.decode()}\n\n`);
}
