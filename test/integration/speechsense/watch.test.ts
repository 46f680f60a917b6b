import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { entriesAt } from '../../../lib/core/fields';
import type { SpeechSense } from '../../../sandbox/speechsense';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { chat, chatFields, speechSenseBench } from './support';

const start = Date.UTC(2026, 2, 11);
const minuteMs = 60_000;

/** How many ids each Get has asked for. */
const asked = (service: SpeechSense): number[] =>
  service.callsOf('Get').map(({ messages: [request] }) => entriesAt(request, 'talk_ids').length);

function assertWithinQuota(service: SpeechSense): void {
  const reads = service.callsOf('Get').map(({ at, messages: [request] }) => ({
    at,
    count: entriesAt(request, 'talk_ids').length,
  }));
  for (const [windowMs, most] of [
    [1000, 20],
    [minuteMs, 200],
    [60 * minuteMs, 2000],
  ] as const) {
    for (const { at } of reads) {
      const inWindow = reads.filter((other) => other.at >= at && other.at < at + windowMs);
      const sum = inWindow.reduce((total, { count }) => total + count, 0);
      assert.ok(sum <= most, `${sum} talks read within ${windowMs} ms`);
    }
  }
}

describe('everybody who waits for talks of one connection', function () {
  const bench = speechSenseBench();

  async function scene(talks: number, options: { readyAfterMs?: number; indexAfterMs?: number } = {}) {
    const clock = manualClock(start);
    const service = await bench.service({ clock, readyAfterMs: 90_000, ...options });
    const client = bench.client(service, { clock, connectionId: service.chatConnectionId });
    const ids: string[] = [];
    for (let number = 0; number < talks; number += 1) {
      const { talkId } = await client.uploadText(chat, chatFields, { key: `k${number}` });
      ids.push(talkId);
    }
    return { clock, service, client, ids };
  }

  /** Until nothing is under way but a rest. */
  async function settled(clock: ManualClock, service: SpeechSense): Promise<void> {
    const isStill = (): boolean => clock.pending() === 1 && service.calls.every(({ isOver }) => isOver);
    await until(isStill, 'the reader to rest');
  }

  async function pass(clock: ManualClock, service: SpeechSense, ms: number): Promise<void> {
    const target = clock.now() + ms;
    while (clock.now() < target) {
      await settled(clock, service);
      await clock.advance(Math.min(1000, target - clock.now()));
    }
  }

  it('is served by one look, and a talk that two wait for is asked for once', async () => {
    const { clock, service, client, ids } = await scene(5);
    const waiting = [...ids, ...ids.slice(0, 2)].map((id) => client.waitUntilAnalysed(id));
    await settled(clock, service);
    assert.deepEqual(asked(service), [5]);
    await clock.advance(10_000);
    await settled(clock, service);
    await clock.advance(30_000);
    await settled(clock, service);
    await clock.advance(60_000);
    const talks = await Promise.all(waiting);
    assert.deepEqual(
      talks.map(({ id }) => id),
      [...ids, ...ids.slice(0, 2)],
    );
    assert.deepEqual(asked(service), [5, 5, 5, 5]);
    assert.equal(clock.pending(), 0);
  });

  it('does not eat up the quota of reading, however many they are', async () => {
    const { clock, service, client, ids } = await scene(120, { readyAfterMs: 5 * minuteMs });
    const waiting = ids.map((id) => client.waitUntilAnalysed(id));
    let over = 0;
    for (const each of waiting) each.finally(() => (over += 1)).catch(() => undefined);
    while (over < ids.length) {
      await until(() => clock.pending() > 0 || over === ids.length, 'a rest');
      await clock.advance(500);
    }
    await Promise.all(waiting);
    assertWithinQuota(service);
    assert.ok(Math.max(...asked(service)) > 1 && Math.max(...asked(service)) <= 100);
  });

  it('does not eat it up by talks that the service does not know yet, and asks for each by itself then', async () => {
    const { clock, service, client, ids } = await scene(1, { readyAfterMs: 0, indexAfterMs: 3600_000 });
    const unknown = [...ids, ...Array.from({ length: 15 }, (_, place) => `audunknown${place}`)];
    const over = Promise.allSettled(unknown.map((id) => client.waitUntilAnalysed(id)));
    await settled(clock, service);
    assert.deepEqual(asked(service), [16]);
    await pass(clock, service, 9000);
    await settled(clock, service);
    assertWithinQuota(service);
    // Every half once, down to the talk alone.
    assert.equal(
      asked(service).reduce((total, count) => total + count, 0),
      16 * 5,
    );
    const before = service.callsOf('Get').length;
    await pass(clock, service, 20_000);
    await settled(clock, service);
    assert.deepEqual(
      asked(service).slice(before),
      Array.from({ length: 16 }, () => 1),
    );
    client.close();
    await over;
    await until(() => clock.pending() === 0, 'the rest to be over');
  });

  it('shares the quota with every other connection of the project', async () => {
    const { clock, service } = await scene(0);
    const { projectId } = service;
    const of = (project: string | undefined) => bench.client(service, { clock, projectId: project });
    const [one, other] = [of(projectId), of(` ${projectId}`)];
    const ids = (name: string): string[] => Array.from({ length: 16 }, (_, place) => `aud${name}${place}`);
    await assert.rejects(one.get(ids('a')), { code: 'SPEECHSENSE_NOT_FOUND' });
    await assert.rejects(of(undefined).get(ids('b')), { code: 'SPEECHSENSE_NOT_FOUND' });
    const later = assert.rejects(other.get(ids('c')), { code: 'SPEECHSENSE_NOT_FOUND' });
    await until(() => clock.pending() === 1, 'the reader to wait');
    assert.deepEqual(asked(service), [16, 16]);
    await clock.advance(1000);
    await later;
    assert.deepEqual(asked(service), [16, 16, 16]);
  });

  it('is not held up by one talk that the service does not know yet', async () => {
    const { clock, service, client, ids } = await scene(3, { readyAfterMs: 0 });
    const gave = Promise.all(ids.map((id) => client.waitUntilAnalysed(id)));
    const lost = client.waitUntilAnalysed('audunknown', { limitMs: minuteMs });
    const refused = assert.rejects(lost, { code: 'SPEECHSENSE_NOT_READY' });
    await gave;
    await pass(clock, service, minuteMs - 1000);
    await settled(clock, service);
    await clock.advance(1000);
    await refused;
  });

  it('is served by the next look after an outage', async () => {
    const { clock, service, client, ids } = await scene(1, { readyAfterMs: 0 });
    service.script(...Array.from({ length: 4 }, () => ({ on: 'Get' as const, refuse: unavailable })));
    const [id = ''] = ids;
    const waiting = client.waitUntilAnalysed(id);
    let isOver = false;
    waiting.finally(() => (isOver = true)).catch(() => undefined);
    while (!isOver) {
      await until(() => clock.pending() > 0 || isOver, 'a rest');
      await clock.advance(1000);
    }
    assert.equal((await waiting).id, id);
    assert.equal(service.callsOf('Get').length, 5);
  });

  it('learns at once that the key is refused', async () => {
    const { service, client, ids } = await scene(2);
    service.setMember(false);
    for (const id of ids) {
      await assert.rejects(client.waitUntilAnalysed(id), { code: 'SPEECHSENSE_DENIED' });
    }
    await assert.rejects(client.waitUntilAnalysed(' '), { code: 'INPUT_INVALID' });
  });

  it('stops with its signal and with the client, and leaves nothing behind', async () => {
    const { clock, service, client, ids } = await scene(2);
    const stop = new AbortController();
    const [one = '', other = ''] = ids;
    const stopped = client.waitUntilAnalysed(one, { signal: stop.signal });
    const closed = client.waitUntilAnalysed(other);
    await settled(clock, service);
    stop.abort();
    await assert.rejects(stopped, CancelledError);
    client.close();
    await assert.rejects(closed, CancelledError);
    await assert.rejects(client.waitUntilAnalysed(one), CancelledError);
    await until(() => clock.pending() === 0, 'the rest to be over');
  });
});

const unavailable = { code: 14, message: 'try again' };
