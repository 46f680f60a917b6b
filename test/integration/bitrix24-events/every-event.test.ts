import assert from 'node:assert/strict';
import type { BitrixEvent, EventKind } from '../../../lib/bitrix24/events/event';
import { servers } from '../sandbox-portal/support';
import { openStudio, readForm, supportChat, ways, type Studio, type Way } from './capture';

const start = servers();

/** Everything a bot can hear of, once. */
async function everything({ portal, bot }: Studio): Promise<void> {
  const chat = supportChat(portal);
  await portal.join(chat, bot);
  const { message } = await portal.clientSays(chat, 'hi');
  assert.ok(message);
  await portal.edit(message, 'hello');
  await portal.reaction(message, { reaction: 'fire', action: 'delete' });
  await portal.command(chat, { name: 'order' });
  await portal.context(chat, { page: 'cart' });
  await portal.delete(message);
  await portal.removeBot(bot);
}

const v1Events: readonly [string, EventKind][] = [
  ['ONIMBOTJOINCHAT', 'join'],
  ['ONIMBOTMESSAGEADD', 'message'],
  ['ONIMBOTMESSAGEUPDATE', 'edit'],
  ['ONIMCOMMANDADD', 'command'],
  ['ONIMBOTCONTEXTGET', 'context'],
  ['ONIMBOTMESSAGEDELETE', 'delete'],
  ['ONIMBOTDELETE', 'bot-removed'],
];
const v2Events: readonly [string, EventKind][] = [
  ['ONIMBOTV2JOINCHAT', 'join'],
  ['ONIMBOTV2MESSAGEADD', 'message'],
  ['ONIMBOTV2MESSAGEUPDATE', 'edit'],
  ['ONIMBOTV2REACTIONCHANGE', 'reaction'],
  ['ONIMBOTV2COMMANDADD', 'command'],
  ['ONIMBOTV2CONTEXTGET', 'context'],
  ['ONIMBOTV2MESSAGEDELETE', 'delete'],
  ['ONIMBOTV2DELETE', 'bot-removed'],
];

describe('every documented event', () => {
  for (const way of ways) {
    it(`has its kind (${way})`, async () => {
      const studio = await openStudio(start, way);
      await everything(studio);
      const heard = studio.heard();
      assert.deepEqual(
        heard.map(({ event, kind }) => [event, kind]),
        way === 'v1' ? v1Events : v2Events,
      );
      for (const event of heard) assertComplete(event, studio, way);
      assert.equal(new Set(heard.map(({ eventId }) => eventId)).size, heard.length);
    });
  }

  function assertComplete(event: BitrixEvent, { bot }: Studio, way: Way): void {
    assert.deepEqual(event.bot, { id: bot.id, code: bot.code });
    assert.deepEqual(JSON.parse(JSON.stringify(event)), event);
    if (event.kind === 'bot-removed') return;
    assert.match(event.dialogId, /^chat\d+$/);
    assert.equal(event.language, 'en');
    assert.equal(event.user.isConnector, event.chat.entityType === 'LINES');
    if (event.kind === 'context') assert.deepEqual(event.context, { page: 'cart' });
    if (event.kind === 'reaction') assert.deepEqual(event.reaction, { name: 'fire', action: 'delete' });
    if (event.kind === 'delete') assert.deepEqual([event.text, event.files], ['', []]);
    assert.equal(event.api, way === 'v1' ? 'v1' : 'v2');
  }

  it('of an app has its kind: installed, updated, removed', async () => {
    const handler = await start.handler();
    const portal = await start.portal({ app: { installUrl: handler.url } });
    await portal.install();
    await portal.update();
    portal.state.bindings.push({ event: 'ONAPPUNINSTALL', handler: handler.url, userId: 1 });
    await portal.uninstall({ clean: true });
    const heard = handler.heard.flatMap(({ body }) => readForm(body));
    assert.deepEqual(
      heard.map(({ event, kind }) => [event, kind]),
      [
        ['ONAPPINSTALL', 'install'],
        ['ONAPPUPDATE', 'update'],
        ['ONAPPUNINSTALL', 'uninstall'],
      ],
    );
    for (const event of heard) {
      assert.equal(event.language, 'en');
      assert.deepEqual(event.bot, { id: null, code: '' });
      assert.doesNotMatch(JSON.stringify(event), /token/);
    }
  });

  it('that is not a bot’s is something else, and two of them are two', () => {
    const body = (id: number): string =>
      `event=ONCRMDEALADD&data[FIELDS][ID]=${id}&ts=1&auth[member_id]=m&auth[domain]=d`;
    const [one, two] = [...readForm(body(1)), ...readForm(body(2))];
    assert.equal(one?.kind, 'other');
    assert.notEqual(one.eventId, two?.eventId);
  });
});
