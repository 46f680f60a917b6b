import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botNode, endNode, inNode, replyNode, thinkNode } from '../bitrix24-nodes/flow-parts';
import { answered, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { openPlace, sourceId, type ChatsPlace } from './chats-place';

const secretWords = 'My passport is 4509 123456';
/** It reads when it is asked to: what is to be over when it is read has all the time to end. */
const byHand = { everyMinutes: 0 };

describe('chats that a bot of this Node-RED had, in a real Node-RED', function () {
  const scene = useScene();
  let place: ChatsPlace;
  let portal: Portal;
  let bot: Bot;

  /** The shipped flow, and a bot beside it on the same portal. */
  async function deploy(source: object = {}): Promise<void> {
    const beside = [
      { id: 'tab', type: 'tab', label: 'bot' },
      botNode(scene.red.url, { portal: 'bitlane-portal' }),
      ...[inNode({ portal: 'bitlane-portal' }), thinkNode(), replyNode({ typing: false })],
      ...['said', 'others'].map(endNode),
    ];
    await place.deploy({ everyMinutes: 0.002, ...source }, 'full', { beside });
    await until(() => scene.watch.status('bot')?.endsWith('ready') ?? false, 'the bot');
  }

  beforeEach(async () => {
    place = await openPlace(scene);
    ({ portal } = place);
    await deploy();
    bot = botOn(portal);
  });
  afterEach(() => place.stop());

  async function talk(tracked: boolean): Promise<Chat> {
    const chat = portal.openChannel({ bots: [bot], tracked, client: { firstName: 'Zoe', lastName: 'Ray' } });
    await say(portal, chat, secretWords);
    await answered(portal, chat, 1);
    return chat;
  }

  const sessionOf = (chat: Chat): number =>
    [...portal.state.sessions.values()].find(({ chatId }) => chatId === chat.id)?.id ?? assert.fail();
  const sent = (count: number): Promise<void> => until(() => place.sent().length >= count, `${count} talks`);
  const cursors = async (): Promise<readonly unknown[]> =>
    entriesAt(await (await fetch(`${scene.red.url}/bitlane/panel`)).json(), 'cursors');
  const served = async (): Promise<unknown> =>
    (await cursors()).find((cursor) => textAt(cursor, 'cursor')?.endsWith('(served)'));
  async function servedUntil(holds: (cursor: unknown) => boolean, what: string): Promise<void> {
    await until(async () => holds(await served()), what);
  }

  it('are sent when they are over, once, whether the CRM knows them or not', async () => {
    await deploy(byHand);
    const [plain, tracked] = [await talk(false), await talk(true)];
    portal.closeSession(plain);
    portal.closeSession(tracked);
    await deploy();
    await sent(2);
    await servedUntil(
      (cursor) => Number(at(cursor, 'position')) > 0 && at(cursor, 'late') === 0,
      'both notes',
    );
    await deploy(byHand);
    const next = await talk(false);
    portal.closeSession(next);
    await deploy();
    await sent(3);
    assert.deepEqual(
      place.sent(),
      [plain, tracked, next].map(sessionOf).sort((a, b) => a - b),
    );

    const found = place.service.talks.find(({ fields }) => fields['session_id'] === String(sessionOf(plain)));
    assert.equal(found?.fields['upload_key'], `chat:${portal.domain}:${sessionOf(plain)}`);
    assert.equal(found.fields['client_name'], 'Zoe Ray');
    assert.equal(found.fields['bot_id'], String(bot.id));
    assert.deepEqual(
      found.messages.map((message) => textAt(message, 'text', 'text')),
      [secretWords, secretWords],
    );
  });

  it('are late while they go on, through a deploy, and sent when they have ended', async () => {
    const chat = await talk(false);
    await servedUntil((cursor) => at(cursor, 'late') === 1, 'the late session');
    await deploy();
    assert.deepEqual(place.sent(), []);
    await say(portal, chat, 'One more thing');
    await answered(portal, chat, 2);
    portal.closeSession(chat);
    place.send({ action: 'late' });
    await sent(1);
    assert.deepEqual(place.sent(), [sessionOf(chat)]);
    assert.equal(place.service.talks[0]?.messages.length, 4);
    await servedUntil((cursor) => at(cursor, 'late') === 0 && textAt(cursor, 'state') === 'idle', 'the end');
  });

  it('leave nothing personal in their notes', async () => {
    await talk(false);
    await servedUntil((cursor) => at(cursor, 'late') === 1, 'the note');
    const folder = join(scene.red.userDir, 'bitlane');
    const kept = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
      .join('');
    assert.match(kept, /session-note:/);
    const shown = JSON.stringify([await cursors(), scene.watch.heard('bitlane-chat-sync-summary')]);
    for (const text of [kept, shown]) assert.doesNotMatch(text, /Zoe|Ray|passport/);
  });

  it('are left out when the setting says so, and found when it says otherwise later', async () => {
    await deploy({ served: false, ...byHand });
    const [plain, tracked] = [await talk(false), await talk(true)];
    portal.closeSession(plain);
    portal.closeSession(tracked);
    await deploy({ served: false });
    await sent(1);
    assert.deepEqual(place.sent(), [sessionOf(tracked)]);
    assert.equal((await cursors()).length, 1);
    await deploy();
    await sent(2);
    assert.deepEqual(place.sent(), [plain, tracked].map(sessionOf));
  });

  it('have no line in the panel and no report while there are none', async () => {
    // Until it is gone, the one with a schedule goes on reporting.
    await scene.deploy([]);
    await deploy(byHand);
    portal.sessions.seed();
    await place.ask(true);
    const report = await place.ask({ action: 'status' }, 'status');
    assert.equal(report['cursor'], 'default');
    assert.equal((await cursors()).length, 1);
    const told = scene.watch.heard('bitlane-chat-sync-summary');
    assert.deepEqual(
      told.map((message) => textAt(message, 'payload', 'report')),
      ['summary', 'status'],
    );
    await until(() => scene.watch.status(sourceId) === '1 of 1', 'the status');
  });
});
