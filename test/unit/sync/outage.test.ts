import assert from 'node:assert/strict';
import type { SyncEnd } from '../../../lib/sync/source';
import { seededRandom } from '../core/random';
import { broken, done, HOUR, MINUTE, openScene, range } from './scene';

const LASTS_DAYS = 4;

/** Days of a portal whose service is away now and then, and some of whose rows never go well. */
async function playOutages(seed: number): Promise<{ failed: number[]; poison: number[]; faults: string[] }> {
  const random = seededRandom(seed);
  const poison = new Set<number>();
  const sent = new Map<number, number>();
  const faults: string[] = [];
  let isAway = false;
  let nextId = 1;
  const halts = random() < 0.3;
  const inFlight = 1 + Math.floor(random() * 4);
  const endOf = (id: number): SyncEnd => {
    if (isAway && halts) return { how: 'halted', error: new Error('refused') };
    if (isAway || poison.has(id)) return broken('no connection');
    sent.set(id, (sent.get(id) ?? 0) + 1);
    return done;
  };
  const scene = openScene({
    inFlight,
    everyMs: 5 * MINUTE,
    deliver: async ({ id }) => {
      await scene.clock.sleep(1 + random() * 20_000);
      return endOf(id);
    },
  });
  const add = (): void => {
    if (random() < 0.15) poison.add(nextId);
    scene.history.add(nextId);
    nextId += 1;
  };
  for (let count = 0; count < 60; count += 1) add();
  for (let passed = 0; passed < LASTS_DAYS * 24 * HOUR;) {
    isAway = !isAway && random() < 0.5;
    const lasts = random() * (isAway ? 5 : 3) * HOUR;
    for (let step = 0; step < lasts; step += 7 * MINUTE) {
      if (random() < 0.2) add();
      await scene.pass(7 * MINUTE);
      const { open } = openIn(await scene.store.get('sync:calls:portal:default'));
      if (open > inFlight + 50) faults.push(`${open} rows open`);
    }
    passed += lasts;
  }
  isAway = false;
  for (let step = 0; step < 60; step += 1) {
    scene.history.add(nextId);
    nextId += 1;
    await scene.pass(6 * MINUTE);
  }
  for (const id of range(1, nextId - 1)) {
    const times = sent.get(id) ?? 0;
    if (times !== (poison.has(id) ? 0 : 1)) faults.push(`row ${id} was sent ${times} times`);
  }
  const { rows } = await scene.cursor.failed({ limit: 500 });
  await scene.cursor.close();
  return { failed: rows.map(({ id }) => id), poison: [...poison], faults };
}

function openIn(stored: unknown): { open: number } {
  const isRecord = typeof stored === 'object' && stored !== null && 'open' in stored;
  return { open: isRecord && Array.isArray(stored.open) ? stored.open.length : 0 };
}

describe('sync cursor: outages and bad rows', () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    it(`sends each good row once, and lists the bad ones and nothing else (${seed})`, async () => {
      const { failed, poison, faults } = await playOutages(seed);
      assert.deepEqual(faults, []);
      assert.deepEqual(failed, poison);
      assert.ok(poison.length > 3);
    });
  }

  it('tries one row at a time while nothing goes well, and lists none, however long that is', async () => {
    let isMended = false;
    const scene = openScene({
      ends: () => (isMended ? done : broken('SPEECHSENSE_UNREACHABLE: no connection')),
      everyMs: 5 * MINUTE,
      inFlight: 4,
    });
    scene.history.add(...range(1, 200));
    await scene.pass(24 * HOUR);
    assert.equal(scene.cursor.status().failed, 0);
    assert.equal(scene.errors.length, 1);
    assert.ok(scene.handed.length < 24 * 12 + 20, `${scene.handed.length} tries`);
    isMended = true;
    await scene.pass(5 * MINUTE);
    assert.equal(scene.cursor.status().position, 200);
    await scene.cursor.close();
  });
});
