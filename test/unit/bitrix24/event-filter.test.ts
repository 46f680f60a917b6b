import assert from 'node:assert/strict';
import type { BitrixEvent, EventKind } from '../../../lib/bitrix24/events/event';
import { dropReason, type FilterRules } from '../../../lib/bitrix24/events/event-filter';
import { tokensInEvent } from '../../../lib/bitrix24/events/event-tokens';

const rules: FilterRules = {
  kinds: new Set<EventKind>(['message', 'command', 'join']),
  dropBots: true,
  dropSystem: true,
  dropStaff: true,
  dropHandedOver: true,
};

interface Changes extends Partial<Omit<BitrixEvent, 'user' | 'chat'>> {
  user?: Partial<BitrixEvent['user']>;
  chat?: Partial<BitrixEvent['chat']>;
}

/** A client's message in an Open Channel that nobody has taken. */
function event(changes: Changes = {}): BitrixEvent {
  const { user, chat, ...others } = changes;
  return {
    kind: 'message',
    event: 'ONIMBOTV2MESSAGEADD',
    api: 'v2',
    via: 'webhook',
    eventId: 'x',
    redelivered: false,
    receivedAt: '',
    portal: { memberId: 'm', domain: 'd', clientEndpoint: '', scope: '' },
    bot: { id: 5, code: 'helper' },
    dialogId: 'chat1',
    chatId: 1,
    messageId: 1,
    text: 'hi',
    language: 'en',
    user: {
      id: 13,
      name: '',
      firstName: '',
      lastName: '',
      isBot: false,
      isConnector: true,
      isExtranet: true,
      isNetwork: false,
      ...user,
    },
    chat: {
      title: '',
      type: 'lines',
      ownerId: 0,
      entityType: 'LINES',
      entityId: '',
      entityData1: '',
      entityData2: '',
      entityData3: '',
      ...chat,
    },
    openline: {
      connector: 'telegrambot',
      lineId: 3,
      externalChatId: '',
      externalUserId: 13,
      sessionId: 1,
      crm: {},
    },
    files: [],
    ...others,
  };
}

const privately = (changes: Changes = {}): BitrixEvent => {
  const { openline, ...rest } = event({ user: { isConnector: false }, ...changes });
  assert.ok(openline);
  return rest;
};

describe('an event starts a flow', () => {
  const taken: [string, BitrixEvent][] = [
    ['a client writes', event()],
    ['a client sends only a file', event({ text: '', files: [{ id: 7 }] })],
    ['a client whose flags are missing writes', event({ user: { isConnector: false } })],
    ['the bot itself owns the dialog', event({ chat: { ownerId: 5 } })],
    ['nobody is known to own it', event({ chat: { ownerId: null } })],
    ['a colleague writes in private', privately({ user: { id: 9 } })],
    ['a colleague writes in a chat with an owner', privately({ user: { id: 9 }, chat: { ownerId: 77 } })],
    ['the bot joins', event({ kind: 'join', text: '', user: { id: 0 } })],
  ];
  for (const [name, given] of taken)
    it(`when ${name}`, () => assert.equal(dropReason(given, rules), undefined));

  const dropped: [string, BitrixEvent, keyof FilterRules | undefined, string][] = [
    ['the bot itself writes', event({ user: { id: 5 } }), 'dropBots', 'bot'],
    ['another bot writes', event({ user: { id: 6, isBot: true } }), 'dropBots', 'bot'],
    ['the portal writes', event({ system: true }), 'dropSystem', 'system'],
    ['nobody writes', privately({ user: { id: 0 } }), 'dropSystem', 'system'],
    [
      'nobody writes in an Open Channel',
      event({ user: { id: 0, isConnector: false } }),
      'dropSystem',
      'system',
    ],
    ['an operator writes', event({ user: { id: 9, isConnector: false } }), 'dropStaff', 'staff'],
    ['a person has taken the dialog', event({ chat: { ownerId: 9 } }), 'dropHandedOver', 'handed-over'],
    ['the kind is not wanted', event({ kind: 'edit' }), undefined, 'kind'],
    ['there is nothing in it', event({ text: '' }), undefined, 'empty'],
  ];
  for (const [name, given, rule, reason] of dropped) {
    it(`not when ${name}${rule ? `, unless ${rule} is off` : ''}`, () => {
      assert.equal(dropReason(given, rules), reason);
      if (rule) assert.equal(dropReason(given, { ...rules, [rule]: false }), undefined);
    });
  }
});

describe('the tokens in an event', () => {
  const auth = { access_token: 'of-person' };
  it('are found in both generations, in message and command events, for the bot that was meant', () => {
    const both = { access_token: 'of-person', bot_access_token: 'of-bot' };
    const bodies = [
      { auth, data: { bot: { code: 'helper', auth: { access_token: 'of-bot' } } } },
      {
        auth,
        data: {
          BOT: {
            5: { BOT_CODE: 'other', AUTH: { access_token: 'no' } },
            6: { BOT_CODE: 'helper', AUTH: { access_token: 'of-bot' } },
          },
        },
      },
      { auth, data: { COMMAND: { 12: { BOT_CODE: 'helper', access_token: 'of-bot' } } } },
    ];
    for (const body of bodies) assert.deepEqual(tokensInEvent(body, 'helper'), both);
    assert.deepEqual(tokensInEvent({ data: {} }, 'helper'), {});
  });
});
