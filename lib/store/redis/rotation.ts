import { entryPlace, queuePlace } from '../ledger';
import type { KeyRotation } from '../store';
import { sealedBytes } from './codec';
import type { RedisDesk } from './desk';
import { asList, asText, groupsOf } from './replies';
import type { KeyRecord } from './key-record';
import { scripts } from './scripts';
import { namesOf } from './values';

/** Seals anew what is sealed with another key, one value at a time, while all goes on. */
export async function rotateValues(desk: RedisDesk, keys: KeyRecord, newKey: string): Promise<KeyRotation> {
  await keys.add(newKey);
  const total: KeyRotation = { resealed: 0, unreadable: 0 };
  for await (const page of namesOf(desk, '')) for (const name of page) await resealValue(desk, name, total);
  const queues = asList(await desk.link.call('ZRANGE', desk.names.queues, 0, -1));
  for (const queue of queues) await resealQueue(desk, String(queue), total);
  if (total.unreadable === 0) await keys.keepOnly(newKey);
  return total;
}

async function resealValue(desk: RedisDesk, name: string, total: KeyRotation): Promise<void> {
  const { link, names } = desk;
  const raw = asText(await link.call('GET', name).catch(() => undefined));
  const sealed = raw === undefined ? undefined : sealedBytes(raw);
  if (raw === undefined || !sealed) return;
  const next = resealed(desk, sealed, entryPlace(names.keyOf(name)), total);
  // Whoever has written it meanwhile has done so with the new key, or has it to be done by the next rotation.
  if (next !== undefined) await link.run(scripts.rewrite, [name], [raw, `~s${next}`]);
}

async function resealQueue(desk: RedisDesk, queue: string, total: KeyRotation): Promise<void> {
  const { link, names } = desk;
  const [, , payloads = ''] = names.queue(queue);
  const all = asList(await link.call('HGETALL', payloads));
  for (const [id, text] of groupsOf(all, 2)) {
    const sealed = Buffer.from(asText(text) ?? '', 'base64');
    const next = resealed(desk, sealed, queuePlace(queue), total);
    // Its items are done with or stay; none is ever written a second time by anybody else.
    if (next !== undefined) await link.run(scripts.rewriteField, [payloads], [String(id), next]);
  }
}

function resealed(
  { keys: { ring } }: RedisDesk,
  sealed: Buffer,
  place: string,
  total: KeyRotation,
): string | undefined {
  if (ring.isCurrent(sealed)) return undefined;
  const text = ring.open(sealed, place);
  if (text === undefined) {
    total.unreadable += 1;
    return undefined;
  }
  total.resealed += 1;
  return ring.seal(text, place).toString('base64');
}
