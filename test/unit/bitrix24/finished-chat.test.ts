import assert from 'node:assert/strict';
import { entriesAt } from '../../../lib/core/fields';
import { readActivity, type ChatActivity } from '../../../lib/bitrix24/chats/activity';
import { finishedChat, type ChatRules, type FinishedChat } from '../../../lib/bitrix24/chats/finished-chat';
import { readHistoryAnswer } from '../../../lib/bitrix24/chats/session-answers';

const row = {
  ID: '900',
  PROVIDER_ID: 'IMOPENLINES_SESSION',
  PROVIDER_PARAMS: { USER_CODE: 'imol|telegrambot|3|700000012|57' },
  ASSOCIATED_ENTITY_ID: '512',
  COMPLETED: 'Y',
  RESPONSIBLE_ID: '7',
  OWNER_TYPE_ID: '3',
  OWNER_ID: '275',
  CREATED: '2026-03-10T12:00:00+03:00',
  END_TIME: '2026-03-10T12:30:00+03:00',
};
const rules: ChatRules = {
  place: 'b24.example',
  withFiles: false,
  onlyWithOperator: false,
  extraKeys: ['session_id'],
};
const everyLine = { isLineWanted: () => true };

const users = {
  '7': { id: '7', name: 'Anna Bell', connector: false, bot: false },
  '9': { id: '9', name: 'Boris Lee', connector: false, bot: false },
  '31': { id: '31', name: 'Helper', connector: false, bot: true },
  '57': { id: '57', name: 'Zoe Ray', connector: true, bot: false },
};

interface Said {
  id?: number;
  from?: number;
  at?: string;
  text?: string;
  params?: unknown;
}

/** Ten seconds apart, the first at noon in Moscow. */
function answer(said: readonly Said[], changes: object = {}): object {
  const message = said.map(({ id, from = 57, at, text = 'text', params = [] }, place): [string, object] => {
    const second = String(place * 10).padStart(2, '0');
    const date = at ?? `2026-03-10T12:00:${second}+03:00`;
    return [
      String(id ?? place + 1),
      { id: String(id ?? place + 1), senderid: String(from), date, text, params },
    ];
  });
  return {
    chatId: 1763,
    sessionId: 512,
    message: message.length === 0 ? [] : Object.fromEntries<object>(message),
    users,
    chat: {
      '1763': {
        owner: '7',
        entityId: 'telegrambot|3|700000012|57',
        entityData1: 'Y|CONTACT|275|N|N|0|0|0|0|0',
        entityData2: 'LEAD|0|COMPANY|0|CONTACT|275|DEAL|0',
      },
    },
    ...changes,
  };
}

function activity(changes: object = {}): ChatActivity {
  return readActivity({ ...row, ...changes }) ?? assert.fail('no activity');
}

function chatOf(
  given: unknown,
  { of = activity(), ...more }: Partial<ChatRules> & { of?: ChatActivity } = {},
): FinishedChat {
  const found = finishedChat(of, readHistoryAnswer(given), everyLine, { ...rules, ...more });
  return typeof found === 'string' ? assert.fail(found) : found;
}

const refusalOf = (given: unknown, more: Partial<ChatRules> = {}): unknown =>
  finishedChat(activity(), readHistoryAnswer(given), everyLine, { ...rules, ...more });

describe('a finished chat for SpeechSense', () => {
  it('has the messages, the people and the keys of the guide', () => {
    const { session, chat, metadata } = chatOf(
      answer([{ text: 'Hello' }, { from: 31, text: '[b]Hi![/b]' }, { from: 7, text: 'Good day' }]),
    );
    assert.deepEqual(chat.messages, [
      { user_id: '57', text: 'Hello', timestamp: '2026-03-10T09:00:00.000Z' },
      { user_id: '31', text: 'Hi!', timestamp: '2026-03-10T09:00:10.000Z' },
      { user_id: '7', text: 'Good day', timestamp: '2026-03-10T09:00:20.000Z' },
    ]);
    assert.deepEqual(metadata, {
      operator_id: '7',
      operator_name: 'Anna Bell',
      client_id: '57',
      client_name: 'Zoe Ray',
      bot_id: '31',
      bot_name: 'Helper',
      date: '2026-03-10T09:00:00.000Z',
      direction_outgoing: false,
      ticket_id: 'chat1763',
      session_id: '512',
    });
    assert.deepEqual(session, {
      id: 512,
      activityId: 900,
      chatId: 1763,
      line: 3,
      connector: 'telegrambot',
      startedAt: '2026-03-10T09:00:00.000Z',
      finishedAt: '2026-03-10T09:30:00.000Z',
      crm: { contact: 275 },
    });
  });

  it('comes in the order of time, then of ids as numbers', () => {
    const noon = '2026-03-10T12:00:00+03:00';
    const { chat } = chatOf(
      answer([
        { id: 10, at: noon, text: 'third' },
        { id: 9, at: noon, text: 'second' },
        { id: 11, at: '2026-03-10T08:59:59Z', text: 'first' },
      ]),
    );
    assert.deepEqual(
      chat.messages.map(({ text }) => text),
      ['first', 'second', 'third'],
    );
  });

  it('puts all operators under the one who wrote most', () => {
    const { chat, metadata } = chatOf(answer([{}, { from: 7 }, { from: 9 }, { from: 9 }]));
    assert.deepEqual(
      chat.messages.map(({ user_id }) => user_id),
      ['57', '9', '9', '9'],
    );
    assert.deepEqual([metadata['operator_id'], metadata['operator_name']], ['9', 'Boris Lee']);
  });

  it('takes the owner of the chat when no operator wrote, and the one responsible when that is a bot', () => {
    assert.equal(chatOf(answer([{}, { from: 31 }])).metadata['operator_name'], 'Anna Bell');
    const chat = { '1763': { owner: '31', entityId: 'telegrambot|3|1|57' } };
    const served = chatOf(answer([{}, { from: 31 }], { chat }), { of: activity({ RESPONSIBLE_ID: '44' }) });
    assert.deepEqual([served.metadata['operator_id'], served.metadata['operator_name']], ['44', 'user 44']);
  });

  it('has no two people with one id when the bot or a forgotten client owns the chat, or is responsible', () => {
    const ids = (owner: string, responsible: string, said: readonly Said[], people: unknown = users) => {
      const chat = { '1763': { owner, entityId: 'telegrambot|3|700000012|57' } };
      const of = activity({ RESPONSIBLE_ID: responsible });
      const { operator_id, client_id, bot_id } = chatOf(answer(said, { chat, users: people }), {
        of,
      }).metadata;
      return [operator_id, client_id, bot_id];
    };
    assert.deepEqual(ids('31', '31', [{}, { from: 31 }]), ['operator', '57', '31']);
    assert.deepEqual(ids('57', '57', [{}, { from: 31 }]), ['operator', '57', '31']);
    assert.deepEqual(ids('57', '44', [{}], []), ['44', '57', 'bot']);
    assert.deepEqual(ids('57', '57', [{}], []), ['operator', '57', 'bot']);
  });

  it('fills the keys of the bot when there was none', () => {
    const { metadata } = chatOf(answer([{}, { from: 7 }]));
    assert.deepEqual([metadata['bot_id'], metadata['bot_name']], ['bot', 'bot']);
  });

  it('knows a client by the chat when the portal has forgotten him, and an operator by having forgotten him', () => {
    const { chat, metadata } = chatOf(answer([{}, { from: 1234 }], { users: [] }));
    assert.deepEqual(
      chat.messages.map(({ user_id }) => user_id),
      ['57', '1234'],
    );
    assert.deepEqual([metadata['client_name'], metadata['operator_name']], ['CONTACT_275', 'user 1234']);
  });

  it('is outgoing only when the operator began', () => {
    assert.equal(chatOf(answer([{ from: 7 }, {}])).metadata['direction_outgoing'], true);
    assert.equal(chatOf(answer([{ from: 31 }, {}])).metadata['direction_outgoing'], false);
  });

  it('leaves out the system, what has no text and what was deleted; the date is that of the first one kept', () => {
    const said = [
      { from: 0, text: 'Conversation started' },
      { text: '  [b][/b] ' },
      { text: 'was deleted', params: { isDeleted: 'Y' } },
      { text: 'Hello [USER=7]Anna[/USER]' },
    ];
    const { chat, metadata } = chatOf(answer(said));
    assert.deepEqual(
      chat.messages.map(({ text }) => text),
      ['Hello Anna'],
    );
    assert.equal(metadata['date'], '2026-03-10T09:00:30.000Z');
  });

  it('says [file] for a file without a text, when that is wanted', () => {
    const said = [{}, { text: '', params: { fileId: ['5'] } }, { text: 'see', params: { fileId: ['6'] } }];
    const texts = (withFiles: boolean): string[] =>
      chatOf(answer(said), { withFiles }).chat.messages.map(({ text }) => text);
    assert.deepEqual(texts(false), ['text', 'see']);
    assert.deepEqual(texts(true), ['text', '[file]', 'see']);
  });

  it('ties the talks of a deal together, else of a lead, else of the chat', () => {
    const bound = (pairs: string, owner: object = {}): unknown => {
      const chat = { '1763': { owner: '7', entityId: 'telegrambot|3|1|57', entityData2: pairs } };
      return chatOf(answer([{}], { chat }), { of: activity(owner) }).metadata['ticket_id'];
    };
    assert.equal(bound('LEAD|4|COMPANY|0|CONTACT|275|DEAL|15'), 'DEAL_15');
    assert.equal(bound('LEAD|4|COMPANY|0|CONTACT|275|DEAL|0'), 'LEAD_4');
    assert.equal(bound('LEAD|0|COMPANY|0|CONTACT|0|DEAL|0', { OWNER_TYPE_ID: '2', OWNER_ID: '8' }), 'DEAL_8');
    assert.equal(bound(''), 'chat1763');
  });

  it('has no key but those that were named', () => {
    assert.equal('session_id' in chatOf(answer([{}]), { extraKeys: [] }).metadata, false);
    const { metadata, uploadKey } = chatOf(answer([{}]), {
      extraKeys: ['upload_key', 'line_id', 'contact_id', 'deal_id'],
    });
    assert.equal(metadata['upload_key'], 'chat:b24.example:512');
    assert.equal(uploadKey, metadata['upload_key']);
    assert.deepEqual(
      [metadata['line_id'], metadata['contact_id'], 'deal_id' in metadata],
      ['3', '275', false],
    );
  });

  it('is none without a message, without a client, and without an operator when one is wanted', () => {
    assert.equal(refusalOf(answer([])), 'empty');
    assert.equal(refusalOf(answer([{ from: 0 }])), 'empty');
    assert.equal(refusalOf(answer([{ from: 7 }])), 'no-client');
    assert.equal(refusalOf(answer([{}, { from: 31 }]), { onlyWithOperator: true }), 'no-operator');
  });

  it('is of the line that the chat names when the activity does not', () => {
    const lines: (number | undefined)[] = [];
    const filter = { isLineWanted: (line: number | undefined) => (lines.push(line), line !== 3) };
    const of = activity({ PROVIDER_PARAMS: [] });
    assert.equal(finishedChat(of, readHistoryAnswer(answer([{}])), filter, rules), 'other-line');
    assert.deepEqual(lines, [3]);
  });

  it('is made of bare lists as well, which is how PHP writes maps without gaps', () => {
    const given = answer([{}, { from: 7 }]);
    const messages = entriesAt(given, 'message');
    assert.equal(
      chatOf({ ...given, message: messages, users: Object.values(users) }).chat.messages.length,
      2,
    );
  });
});

describe('the CRM activity of a session', () => {
  it('is read tolerantly', () => {
    const bare = readActivity({ ID: 4 });
    assert.deepEqual(
      [bare?.isChat, bare?.isCompleted, bare?.sessionId, bare?.line, bare?.startedAt, bare?.endedAt],
      [true, false, undefined, undefined, '', ''],
    );
    assert.equal(readActivity({ ID: '0' }), undefined);
    assert.equal(activity({ PROVIDER_ID: 'CRM_EMAIL' }).isChat, false);
    assert.equal(activity({ PROVIDER_PARAMS: { USER_CODE: 'livechat|22|1761|587' } }).line, 22);
  });

  it('ends when it was last changed, where its end is its beginning', () => {
    const changes = { END_TIME: row.CREATED, LAST_UPDATED: '2026-03-10T13:00:00+03:00' };
    assert.equal(activity(changes).endedAt, '2026-03-10T10:00:00.000Z');
  });
});
