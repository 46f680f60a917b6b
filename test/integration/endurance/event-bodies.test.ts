import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { normaliseEvent, openEnvelope } from '../../../lib/bitrix24/events/envelope';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { decodeForm, decodeJson } from '../../../lib/bitrix24/events/event-body';
import { normaliseFetched, readFetched } from '../../../lib/bitrix24/events/fetched';
import { seededRandom } from '../../unit/core/random';
import { captureShapes, generateBody, type GeneratedBody, type Shapes } from './fuzz-bodies';

const bodies = 100_000;
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_226);
/** Far more than any body should take; a slower one is shown, because it may be a way to stop Node-RED. */
const remarkableMs = 250;

const portal = { memberId: 'm1', domain: 'shop.bitrix24.com', clientEndpoint: '', scope: '' };

function read({ type, text }: GeneratedBody): BitrixEvent[] {
  if (type === 'fetched') return [normaliseFetched(readFetched(JSON.parse(text)), portal, '')];
  return normaliseEvent(openEnvelope(type === 'form' ? decodeForm(text) : decodeJson(text)), 'webhook', '');
}

/** Everything that polluting a prototype could change. */
function prototypes(): string {
  const roots = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
  return roots.map((root) => Reflect.ownKeys(root).map(String).join()).join('\n');
}

/** The contract, whatever came in. */
function assertContract(event: BitrixEvent): void {
  const { bot, chatId, messageId, user, chat, text, dialogId, language, eventId, files } = event;
  for (const id of [bot.id, chatId, messageId, user.id, chat.ownerId, ...files.map((file) => file.id)]) {
    assert.ok(id === null || (Number.isSafeInteger(id) && id >= 0), String(id));
  }
  const texts = [text, dialogId, language, eventId, bot.code, user.name, user.firstName, user.lastName];
  for (const value of [...texts, chat.title, chat.type, chat.entityId]) assert.equal(typeof value, 'string');
  for (const flag of [user.isBot, user.isConnector, user.isExtranet, user.isNetwork]) {
    assert.equal(typeof flag, 'boolean');
  }
  // Plain JSON: nothing is lost and nothing throws when Node-RED copies the message.
  JSON.stringify(event);
}

describe('bodies that nobody should send', function () {
  let shapes: Shapes;
  before(async () => {
    shapes = await captureShapes();
  });

  it(`are read or refused, nothing else (${bodies} bodies, seed ${seed})`, () => {
    const random = seededRandom(seed);
    const before = prototypes();
    const outcomes = { read: 0, refused: 0 };
    const slow: string[] = [];
    for (let count = 0; count < bodies; count += 1) {
      const body = generateBody(random, shapes);
      const startedAt = performance.now();
      try {
        for (const event of read(body)) assertContract(event);
        outcomes.read += 1;
      } catch (thrown) {
        const isRefusal = thrown instanceof InvalidError && thrown.code === 'INPUT_INVALID';
        if (!isRefusal) throw new Error(`body ${count}: ${body.type} ${body.text}`, { cause: thrown });
        outcomes.refused += 1;
      }
      const tookMs = performance.now() - startedAt;
      if (tookMs > remarkableMs) slow.push(`body ${count} (${body.type}): ${Math.round(tookMs)} ms`);
    }
    if (slow.length > 0) console.warn(`slow bodies of seed ${seed}:\n${slow.join('\n')}`);
    assert.equal(prototypes(), before);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    // A generator that makes only rubbish, or only good bodies, would prove nothing.
    assert.ok(outcomes.read > bodies / 4 && outcomes.refused > bodies / 20, JSON.stringify(outcomes));
  });

  it('come from every kind of real event', () => {
    const kinds = new Set<string>();
    for (const pairs of shapes.forms) {
      const text = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
      for (const event of read({ type: 'form', text })) kinds.add(`${event.api} ${event.kind}`);
    }
    for (const item of shapes.items)
      kinds.add(`fetch ${normaliseFetched(readFetched(item), portal, '').kind}`);
    const usual = ['message', 'edit', 'delete', 'join', 'command', 'context'];
    const expected = [
      ...['v1', 'v2', 'fetch'].flatMap((way) => usual.map((kind) => `${way} ${kind}`)),
      ...['v2 reaction', 'fetch reaction', 'v1 install'],
    ];
    assert.deepEqual([...kinds].sort(), expected.sort());
  });
});
