import assert from 'node:assert/strict';
import { normaliseEvent, openEnvelope } from '../../lib/bitrix24/events/envelope';
import type { BotOfHub, Portal, PortalHub } from '../../lib/bitrix24/hub/hub';
import type { PortalRest } from '../../lib/bitrix24/rest/portal';
import { bots } from '../../nodes/runtime/kinds';
import { addTypist, showTyping } from '../../nodes/runtime/typing';

describe('the mark that somebody is typing', () => {
  const unwanted = (): never => assert.fail('nothing can be sent without a dialog and a bot');
  const rest: PortalRest = {
    call: unwanted,
    ask: unwanted,
    send: unwanted,
    batch: unwanted,
    list: unwanted,
    close: () => undefined,
    finish: unwanted,
  };
  const portal: Portal = { rest, origin: 'https://d', domain: 'd', memberId: 'm' };
  const hub: PortalHub = {
    kind: 'webhook',
    path: 'events',
    store: unwanted,
    fileHttp: unwanted,
    portals: () => [portal],
    find: () => portal,
    onPortal: () => () => undefined,
    subscribe: () => () => undefined,
    deliver: unwanted,
    readerOf: unwanted,
    backlog: unwanted,
  };
  const bot: BotOfHub = {
    hub,
    code: 'helper',
    apiVersion: 'v2',
    botToken: 'x',
    publicUrl: '',
    idOn: () => undefined,
  };
  const leaving: (() => void)[] = [];

  before(() => void leaving.push(bots.add(bot), addTypist({ answers: () => true })));
  after(() => leaving.forEach((leave) => leave()));

  for (const [what, data] of [
    ['no dialog', { bot: { id: 5, code: 'helper' }, message: { id: 1, text: 'hi' } }],
    [
      'no id of the bot',
      { bot: { code: 'helper' }, chat: { dialogId: 'chat1' }, message: { id: 1, text: 'hi' } },
    ],
  ] as const) {
    it(`keeps no event from its flow that has ${what}`, () => {
      const auth = { member_id: 'm', domain: 'd' };
      const envelope = openEnvelope({ event: 'ONIMBOTV2MESSAGEADD', auth, data });
      const [event] = normaliseEvent(envelope, 'webhook', '');
      assert.ok(event);
      showTyping(event);
    });
  }
});
