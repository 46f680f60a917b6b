/**
 * Decoding the body of a real event, 3.3 KB in 74 fields as the portal of the sandbox writes it, each body with numbers
 * and a text of its own; beside Q: `qs.parse` with the limits and options with which the pack decoded before it had a
 * decoder of its own, and with no options but its limits. What comes out is compared for every body before anything is
 * measured. Processor time, because that is all there is to it.
 *
 *   npx tsx bench/06-form-decoding.ts
 */
import assert from 'node:assert/strict';
import { parse, type IParseOptions } from 'qs';
import { decodeForm } from '../lib/bitrix24/events/event-body';
import { eventTemplate, fillTemplate } from './support/event-form';
import { answer, atMost, interleaved, median, type Row } from './support/question';

const rounds = 5;
const bodies = 3000;
const maps: IParseOptions = {
  parseArrays: false,
  plainObjects: true,
  depth: 12,
  strictDepth: true,
  parameterLimit: 3000,
  throwOnLimitExceeded: true,
};
const limitsAlone = { arrayLimit: 0, depth: 12, parameterLimit: 3000 };

async function measure(): Promise<Row[]> {
  const template = await eventTemplate('shop.bitrix24.com');
  const texts = Array.from({ length: bodies }, (_, event) => fillTemplate(template, event, event % 97));
  // A text from the wire is in one piece; one that was put together here is not.
  const wire = texts.map((text) => Buffer.from(text));
  for (const text of texts) assert.deepEqual(decodeForm(text), parse(text, maps));
  const micros = await interleaved(rounds, {
    ours: () => perBody(wire, decodeForm),
    maps: () => perBody(wire, (text) => parse(text, maps)),
    limitsAlone: () => perBody(wire, (text) => parse(text, limitsAlone)),
  });
  const bytes = median(wire.map(({ length }) => length));
  return [
    row(`a body of ${bytes} bytes, same options`, micros.ours, micros.maps),
    row('and qs with its limits alone', micros.ours, micros.limitsAlone),
  ];
}

/** Microseconds of processor time. */
async function perBody(wire: readonly Buffer[], decode: (text: string) => unknown): Promise<number> {
  const flat = wire.map((bytes) => bytes.toString());
  const before = process.cpuUsage();
  for (const text of flat) decode(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / wire.length;
}

function row(what: string, ours: readonly number[], beside: readonly number[]): Row {
  const shown = (figures: readonly number[]): string => `${median(figures).toFixed(1)} us`;
  const value = median(ours) / median(beside);
  return { what, ours: shown(ours), beside: `${shown(beside)} Q`, value, unit: ' x', goal: atMost(0.4) };
}

answer(6, 'Decoding the body of an event', measure);
