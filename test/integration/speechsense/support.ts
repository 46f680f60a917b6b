import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { createTurns } from '../../../lib/core/turns';
import {
  createSpeechSenseClient,
  type SpeechSenseClient,
  type SpeechSenseClientOptions,
  type TalkUploads,
} from '../../../lib/speechsense/client';
import type { AudioRules } from '../../../lib/speechsense/audio/rules';
import type { RecordingSource } from '../../../lib/speechsense/recording-reader';
import { createUploadRecords, type UploadRecords } from '../../../lib/speechsense/records';
import { createLocalHolds } from '../../../lib/store/holds';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { startSpeechSense, type SpeechSense, type SpeechSenseOptions } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { wav } from '../../support/audio/wav';

/** For the exchange of a key file, and for a piece of a recording. */
const limitsOfWaits = [15_000, 60_000];

/** Sleeps take no time; what limits a wait for somebody else still does. */
export const hurriedClock: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(limitsOfWaits.includes(ms) ? ms : 0, signal),
};

/** The same, but the first stream is not ended before the service has cut it off, and another one has come. */
export function patientClock(service: SpeechSense): Clock {
  const settleMs = 250;
  return {
    now: () => systemClock.now(),
    sleep: (ms, signal) =>
      ms === settleMs
        ? until(() => service.calls.length > 1, 'another stream')
        : hurriedClock.sleep(ms, signal),
  };
}

export const callFields = {
  operator_name: 'Anna',
  operator_id: '103',
  client_name: 'John',
  client_id: '587',
  date: '2026-03-10T13:19:38+03:00',
  direction_outgoing: false,
  call_id: '716CC6F5-call-1',
};

export const chatFields = { ...callFields, bot_name: 'bot', bot_id: 'bot', date: '2026-03-11T12:08:52.000Z' };

export const chat = {
  messages: [
    { user_id: 587, text: 'Hello', timestamp: '2026-03-11T15:08:52.000+03:00' },
    { user_id: 'bot', text: 'Good day', timestamp: '2026-03-11T12:08:53.250' },
    { user_id: '103', text: 'Anna here', timestamp: '2026-03-11T12:09:10Z' },
  ],
};

export function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 7 + (at >> 8)) % 251;
  return bytes;
}

/** A recording of two channels, so long in all. */
export function wavOf(length: number): Buffer {
  return wav(bytesOf(length - wav(Buffer.alloc(0)).length));
}

/** What the uploads here are judged by. */
export const rules: AudioRules = { mono: 'reject' };

/** Opens the same bytes anew for each try, in pieces of another size than the chunks. */
export function sourceOf(bytes: Buffer, pieceBytes = 700, declared?: number): RecordingSource {
  return () =>
    Promise.resolve({
      stream: Readable.from(pieces(bytes, pieceBytes), { objectMode: false }),
      bytes: declared,
    });
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface SpeechSenseBench {
  readonly store: () => Store;
  service(options?: SpeechSenseOptions): Promise<SpeechSense>;
  records(connectionId: string, clock?: Clock): UploadRecords;
  client(
    service: SpeechSense,
    changes?: Partial<SpeechSenseClientOptions>,
    seen?: UploadRecords,
  ): SpeechSenseClient & TalkUploads;
  /** As another process has them that takes all others for dead. */
  recordsOfHeir(connectionId: string): UploadRecords;
}

export function speechSenseBench(): SpeechSenseBench {
  const closing: (() => unknown)[] = [];
  let store = createMemoryStore();
  beforeEach(() => {
    store = createMemoryStore();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const records = (connectionId: string, clock: Clock = systemClock): UploadRecords =>
    createUploadRecords({ store: () => Promise.resolve(store), connectionId, clock });

  return {
    store: () => store,
    records,
    async service(options = {}) {
      const service = await startSpeechSense(options);
      closing.push(() => service.stop());
      return service;
    },
    recordsOfHeir(connectionId) {
      const heir = { ...store, ...createLocalHolds(store.closed) };
      return createUploadRecords({ store: () => Promise.resolve(heir), connectionId });
    },
    client(service, changes = {}, seen) {
      const connectionId = changes.connectionId ?? service.connectionId;
      const client = createSpeechSenseClient({
        endpoint: service.endpoint,
        tls: false,
        credential: { authType: 'api-key', secret: service.apiKey },
        connectionId,
        kind: connectionId === service.chatConnectionId ? 'chat' : 'audio',
        language: 'ru-RU',
        clock: hurriedClock,
        turns: createTurns(),
        random: () => 0.5,
        ...changes,
      });
      closing.push(() => client.close());
      return { ...client, ...client.uploads(seen ?? records(connectionId, changes.clock)) };
    },
  };
}
