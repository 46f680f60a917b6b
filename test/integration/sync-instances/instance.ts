import assert from 'node:assert/strict';
import { systemClock } from '../../../lib/core/clock';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { createTurns } from '../../../lib/core/turns';
import { createSpeechSenseClient } from '../../../lib/speechsense/client';
import { createUploadRecords } from '../../../lib/speechsense/records';
import { createCursor } from '../../../lib/sync/cursor';
import type { SyncEnd, SyncRow, SyncSource } from '../../../lib/sync/source';
import { callFields, rules, sourceOf, wavOf } from '../speechsense/support';
import { openOn } from '../store/redis-bench';

/** One process of several on one Redis: works a made-up history off, and does as its parent says. */
interface Call {
  readonly id: number;
}

const say = (news: object): void => void process.send?.(news);

process.once('message', (start: unknown) => {
  live(start).catch((thrown: unknown) => {
    say({ news: 'broken', reason: String(thrown) });
  });
});

async function live(start: unknown): Promise<void> {
  const text = (name: string): string => textAt(start, name) ?? assert.fail(name);
  const calls = Number(text('calls'));
  const gates = new Map<number, () => void>();
  const gated = new Set(entriesAt(start, 'gated').map(Number));
  /** The silence of another one is as long as the parent says. */
  let passed = 0;
  const monotonic = (): number => performance.now() + passed;
  const store = await openOn(text('redis'), { beatMs: 100, monotonic });
  const open = (): Promise<typeof store> => Promise.resolve(store);
  const connectionId = text('connectionId');
  const client = createSpeechSenseClient({
    ...{ endpoint: text('endpoint'), tls: false, connectionId, kind: 'audio', language: 'ru-RU' },
    ...{
      credential: { authType: 'api-key', secret: text('apiKey') },
      clock: systemClock,
      turns: createTurns(),
    },
  });
  const { uploadAudio } = client.uploads(createUploadRecords({ store: open, connectionId }));

  async function deliver({ id }: Call): Promise<SyncEnd> {
    say({ news: 'handed', id });
    if (gated.has(id)) await new Promise<void>((resolve) => gates.set(id, resolve));
    const fields = { ...callFields, id: String(id) };
    await uploadAudio(sourceOf(wavOf(2000)), { key: `call-${id}`, fields, rules });
    say({ news: 'sent', id });
    return { how: 'finished' };
  }

  const everyMs = at(start, 'isScheduled') === true ? 3600_000 : undefined;
  const cursor = createCursor<Call>({
    ...{ name: { kind: 'calls', place: 'portal', cursor: 'default' }, store: open },
    ...{ source: madeUp(calls), deliver, clock: systemClock, inFlight: 2, lateHours: 1, everyMs },
    pace: { ordersMs: 50, waitingMs: 50 },
    listeners: {
      onSummary: ({ how, by, sent }) => say({ news: 'summary', how, by, sent }),
      onError: (error) => say({ news: 'broken', reason: error.message }),
    },
  });

  process.on('message', (order: unknown) => {
    carryOut(textAt(order, 'order'), order).catch((thrown: unknown) => {
      say({ news: 'broken', reason: String(thrown) });
    });
  });

  async function carryOut(order: string | undefined, message: unknown): Promise<void> {
    if (order === 'pass') passed += Number(at(message, 'ms'));
    if (order === 'start') cursor.start();
    if (order === 'stop') await cursor.stop();
    if (order === 'reset') await cursor.reset();
    if (order === 'close') {
      await cursor.close();
      await store.close();
    }
    if (order === 'dry-run') say({ news: 'dry-run', ...(await cursor.dryRun()) });
    if (order === 'open-gates') {
      gated.clear();
      for (const open of gates.values()) open();
    }
    say({ news: 'done', order, status: cursor.status() });
  }

  say({ news: 'ready', instance: store.instance });
}

function madeUp(count: number): SyncSource<Call> {
  const row = (id: number): SyncRow<Call> => ({ id, item: { id } });
  return {
    count: (after) => Promise.resolve(count - after),
    async *pagesAfter(after) {
      for (let first = after + 1; first <= count; first += 10) {
        yield Array.from({ length: Math.min(10, count - first + 1) }, (_, place) => row(first + place));
      }
    },
    byIds: (ids) => Promise.resolve(ids.filter((id) => id <= count).map(row)),
    judge: () => 'wanted',
    label: ({ id }) => ({ title: `call ${id}` }),
  };
}
