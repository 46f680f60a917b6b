import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { dropReason, type FilterRules } from '../../../lib/bitrix24/events/event-filter';
import { createEventIntake } from '../../../lib/bitrix24/events/event-intake';
import { normaliseFetched, readFetched } from '../../../lib/bitrix24/events/fetched';
import { callOperator } from '../../../lib/bitrix24/reply/hand-over';
import { createWebhookTrust } from '../../../lib/bitrix24/events/sender-trust';
import type { Bot, Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { createStraightDesk, subscriptionOf } from '../../support/straight-desk';
import { failureOf, restBench } from '../bitrix24-rest/support';
import { servers, token } from '../sandbox-portal/support';
import { methodsOf, openTalk, plain } from './support';

const bench = restBench();
const start = servers();
const rules: FilterRules = {
  kinds: new Set(['message']),
  dropBots: true,
  dropSystem: true,
  dropStaff: true,
  dropHandedOver: true,
};
const never = new AbortController().signal;

function heardBy(bot: Bot, { memberId, domain }: Portal): BitrixEvent[] {
  const sender = { memberId, domain, clientEndpoint: '', scope: '' };
  return bot.queue.map((item) => normaliseFetched(readFetched(JSON.parse(JSON.stringify(item))), sender, ''));
}

async function line(options: PortalOptions = {}) {
  const portal = await start.portal(options);
  const bot = portal.addBot();
  return { portal, bot, chat: portal.openChannel() };
}

describe('an Open Channel with a person in it', () => {
  it('whose bot stays on starts no flow for the operator, nor for what the client tells the operator', async () => {
    const { portal, bot, chat } = await line({ lines: [{ id: 3, botLeft: 'close' }] });
    portal.takeOver(chat, 9);
    const operator = portal.state.users.get(9);
    assert.ok(operator);
    await portal.clientSays(chat, { text: 'I am here', author: operator });
    await portal.clientSays(chat, 'at last!');
    const heard = heardBy(bot, portal);
    assert.deepEqual(
      heard.map(({ text }) => text),
      ['I am here', 'at last!'],
    );
    assert.deepEqual(
      heard.map((event) => dropReason(event, rules)),
      ['staff', 'handed-over'],
    );
  });

  it('is asked for by the number of the chat, and may be there already', async () => {
    const { portal, chat, rest } = await openTalk(bench);
    await callOperator(rest, chat.id, never);
    assert.equal(chat.openLine?.session?.operator, 7);
    await callOperator(rest, chat.id, never);
    const [first] = portal.calls;
    assert.deepEqual(
      [first?.method, at(first?.params, 'CHAT_ID')],
      ['imopenlines.bot.session.operator', chat.id],
    );
  });

  it('is asked for in vain when the portal says anything else', async () => {
    const { portal, chat, rest } = await openTalk(bench);
    const method = 'imopenlines.bot.session.operator';
    portal.failNext({ method, with: { status: 403, error: 'insufficient_scope' } });
    assert.equal(at(await failureOf(callOperator(rest, chat.id, never)), 'code'), 'BITRIX_AUTH');
  });

  it('comes when an answer is lost for good, after an apology', async () => {
    const { portal, chat, reply } = await openTalk(bench);
    const method = 'imbot.v2.Chat.Message.send';
    portal.failNext({ method, with: { status: 400, error: 'SENDING_FAILED' } });
    const settings = { onFailure: 'operator', failureText: 'A colleague will answer.' } as const;
    const { failed, handOverFailures } = await reply([plain('lost')], settings);
    assert.equal(at(failed, 'serviceCode'), 'SENDING_FAILED');
    assert.deepEqual(handOverFailures, []);
    assert.deepEqual(
      portal.messages(chat).map(({ text, author }) => [text, author]),
      [['A colleague will answer.', 'bot']],
    );
    assert.deepEqual(methodsOf(portal), [method, method, 'imopenlines.bot.session.operator']);
    assert.equal(chat.openLine?.session?.operator, 7);
  });
});

describe('the next session of an Open Channel', () => {
  it('has the same chat, and a session id and a join of its own', async () => {
    const { portal, bot, chat } = await line();
    await portal.clientSays(chat, 'hello');
    portal.closeSession(chat);
    await portal.clientSays(chat, 'me again');
    portal.closeSession(chat);
    await portal.clientSays(chat, 'and again');
    const heard = heardBy(bot, portal);
    assert.equal(new Set(heard.map(({ chatId }) => chatId)).size, 1);
    const said = heard.filter(({ kind }) => kind === 'message');
    assert.deepEqual(
      said.map(({ openline }) => openline?.sessionId),
      [17, 18, 19],
    );
    assert.equal(new Set(heard.map(({ eventId }) => eventId)).size, heard.length);
    assert.ok(heard.filter(({ kind }) => kind === 'join').length >= 2);
  });
});

describe('a v1 bot of a webhook', () => {
  it('is heard although the portal puts its secret into the address', async () => {
    const handler = await start.handler();
    const portal = await start.portal();
    const bot = portal.addBot({ api: 'v1', botToken: token, webhookUrl: `${handler.url}?a=1` });
    await portal.clientSays(portal.openChannel({ bots: [bot] }), 'hi');
    const [posted] = handler.heard;
    assert.ok(posted);
    const query = new URL(posted.url, 'http://127.0.0.1').searchParams;
    assert.deepEqual([...query.keys()], ['a', 'CLIENT_ID']);

    const taken: BitrixEvent[] = [];
    const desk = createStraightDesk();
    desk.subscribe(subscriptionOf(bot.code, (event) => void taken.push(event)));
    const trust = createWebhookTrust({
      domain: () => portal.domain,
      applicationToken: undefined,
      bots: () => [{ code: bot.code, botToken: token }],
      pins: { load: async () => undefined, teach: async () => assert.fail('nothing has to be learned') },
    });
    const intake = createEventIntake(manualClock());
    intake.join({ ...trust, wants: desk.wants, deliver: desk.deliver });
    const request = { type: 'form', body: posted.body, query: Object.fromEntries(query) } as const;
    assert.equal((await intake.receive(request)).status, 200);
    assert.equal(taken[0]?.text, 'hi');
    assert.ok(!JSON.stringify(taken).includes(token));
  });
});
