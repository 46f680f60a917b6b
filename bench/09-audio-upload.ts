/**
 * Recordings that are generated as they are read, 64 KiB a piece, uploaded as SpeechSense wants it: looked into by the walk
 * of the audio, in messages of gRPC, told to the store before and after; beside X, which pipes the same recording into a raw
 * node:http2 stream, to the same server, which counts and looks at nothing. Both with Node's own settings of HTTP/2.
 *
 * An upload waits 250 ms before it says that this was all, so that what breaks before may be sent again without asking; that
 * is a promise, not work, and it is told apart: pace is what the difference of a long and a short recording takes. The row
 * with that wait in it stands beside it, without a goal; so does X with one portion sent again and again, of which nothing is read.
 * Memory: what the process grows by while one upload of each size goes out, each in a fresh process. Four at once: by one client,
 * beside one of their size together.
 *
 *   npx tsx bench/09-audio-upload.ts
 */
import { join } from 'node:path';
import { startChild, type Child } from './support/child';
import { answer, atLeast, atMost, interleaved, median, type Row } from './support/question';
import type { SenderName, Sent } from './support/upload-ends';

const rounds = 3;
const sizes = { short: 64, long: 256 };
const memorySizes = [64, 512];
const atOnce = 4;
const part = sizes.long / atOnce;
const file = join(__dirname, 'support/upload-ends.ts');

type Ask = (by: SenderName, mebibytes: number, uploads?: number) => Promise<Sent>;

function senderOf(child: Child, endpoint: string): Ask {
  return async (by, mebibytes, uploads = 1) =>
    (await child.ask({ kind: 'send', by, endpoint, mebibytes, uploads })) as Sent;
}

interface Pace {
  /** MiB a second. */
  readonly pace: number;
  readonly whole: number;
}

async function paceOf(send: Ask, by: SenderName): Promise<Pace> {
  const short = await send(by, sizes.short);
  const long = await send(by, sizes.long);
  return {
    pace: (sizes.long - sizes.short) / (long.seconds - short.seconds),
    whole: sizes.long / long.seconds,
  };
}

async function measure(): Promise<Row[]> {
  const server = await startChild(file);
  const [own, raw] = [await startChild(file), await startChild(file)];
  try {
    const endpoint = String(await server.ask({ kind: 'listen' }));
    const ours = senderOf(own, endpoint);
    const theirs = senderOf(raw, endpoint);
    const { four, ...paces } = await interleaved(rounds, {
      ours: () => paceOf(ours, 'ours'),
      four: () => paceTogether(ours),
      http2: () => paceOf(theirs, 'http2'),
      standing: () => paceOf(theirs, 'http2Standing'),
    });
    return [...paceRows(paces), ...(await memoryRows(endpoint)), togetherRow(four, paces.ours)];
  } finally {
    for (const child of [server, own, raw]) await child.stop();
  }
}

async function paceTogether(send: Ask): Promise<Pace> {
  const { seconds } = await send('ours', part, atOnce);
  return { pace: sizes.long / seconds, whole: sizes.long / seconds };
}

function paceRows({ ours, http2, standing }: Record<'ours' | 'http2' | 'standing', Pace[]>): Row[] {
  const row = (what: string, kind: keyof Pace, beside: readonly Pace[]): Row => {
    const [left, right] = [ours, beside].map((paces) => median(paces.map((pace) => pace[kind])));
    const shown = (figure = NaN): string => `${figure.toFixed(0)} MiB/s`;
    const value = (left ?? NaN) / (right ?? NaN);
    return { what, ours: shown(left), beside: `${shown(right)} X`, value, unit: ' x' };
  };
  return [
    { ...row('one stream', 'pace', http2), goal: atLeast(0.75) },
    row(`one stream of ${sizes.long} MiB, the wait included`, 'whole', http2),
    row('beside one portion again and again', 'pace', standing),
  ];
}

async function memoryRows(endpoint: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const mebibytes of memorySizes) {
    const fresh = await startChild(file);
    const { grown } = await senderOf(fresh, endpoint)('ours', mebibytes);
    await fresh.stop();
    rows.push({
      ...{ what: `memory grown by, ${mebibytes} MiB`, ours: `${grown.toFixed(1)} MiB`, beside: '' },
      ...{ value: grown, unit: ' MB', goal: atMost(64) },
    });
  }
  return rows;
}

function togetherRow(four: readonly Pace[], one: readonly Pace[]): Row {
  const [together, alone] = [four, one].map((paces) => sizes.long / median(paces.map(({ whole }) => whole)));
  const shown = (seconds = NaN): string => `${seconds.toFixed(2)} s`;
  return {
    what: `${atOnce} of ${part} MiB at once, beside one of ${sizes.long} MiB`,
    ours: shown(together),
    beside: shown(alone),
    ...{ value: (together ?? NaN) / (alone ?? NaN), unit: ' x', goal: atMost(1) },
  };
}

answer(9, 'Uploading audio', measure);
