import assert from 'node:assert/strict';
import { botVariables } from '../../../lib/bitrix24/events/bot-variables';
import { decodeForm, decodeJson } from '../../../lib/bitrix24/events/event-body';
import { normaliseEvent, openEnvelope } from '../../../lib/bitrix24/events/envelope';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { dropReason } from '../../../lib/bitrix24/events/event-filter';
import { readEventPage } from '../../../lib/bitrix24/events/event-page';
import { matchChoice } from '../../../lib/core/choices/match-choice';
import { createRedactor } from '../../../lib/core/redact';

const sender = { 'auth[domain]': 'shop.bitrix24.com', 'auth[member_id]': 'm1' };

function only(fields: Record<string, string>): BitrixEvent {
  const body = decodeForm(new URLSearchParams({ ...fields, ...sender }).toString());
  const [event, ...more] = normaliseEvent(openEnvelope(body), 'webhook', '');
  assert.ok(event);
  assert.deepEqual(more, []);
  return event;
}

const privateV1 = {
  event: 'ONIMBOTMESSAGEADD',
  'data[BOT][567][BOT_ID]': '567',
  'data[BOT][567][BOT_CODE]': 'helper',
  'data[PARAMS][MESSAGE]': 'hi',
  'data[PARAMS][MESSAGE_ID]': '90211',
  'data[PARAMS][MESSAGE_TYPE]': 'P',
  'data[PARAMS][FROM_USER_ID]': '27',
  'data[PARAMS][DIALOG_ID]': '27',
};
const inChannel = {
  event: 'ONIMBOTV2MESSAGEADD',
  'data[bot][id]': '567',
  'data[bot][code]': 'helper',
  'data[message][id]': '90211',
  'data[message][text]': 'hi',
  'data[message][authorId]': '13',
  'data[chat][dialogId]': 'chat112',
  'data[chat][entityType]': 'LINES',
  'data[chat][entityId]': 'telegrambot|3|700000001|13',
};

describe('what a form body leaves out', () => {
  it('is nothing rather than a failure: maps, lists, flags, the whole person', () => {
    for (const given of [privateV1, inChannel]) {
      const event = only(given);
      assert.deepEqual([event.files, event.language, event.user.isBot], [[], '', false]);
      assert.equal(event.command, undefined);
      assert.equal('system' in event, false);
      assert.ok(Object.values(botVariables(event)).every((value) => value !== ''));
    }
    assert.equal(only(privateV1).user.id, 27);
    assert.deepEqual(only(inChannel).openline?.crm, {});
    assert.equal(only(inChannel).openline?.sessionId, null);
  });

  it('is the chat of a private dialog: the dialog is named by the person', () => {
    const event = only(privateV1);
    assert.deepEqual([event.dialogId, event.chatId, event.chat.type], ['27', null, 'private']);
    assert.equal(event.openline, undefined);
    assert.equal('CHAT_ID' in botVariables(event), false);
  });
});

describe('texts that stand for truth values', () => {
  it('are read as such, "0" and "N" and nothing as no', () => {
    const flags = ['1', 'true', 'Y', '0', 'false', 'N', ''].map(
      (written) => only({ ...inChannel, 'data[user][bot]': written }).user.isBot,
    );
    assert.deepEqual(flags, [true, true, true, false, false, false, false]);
  });
});

describe('a client who writes a bare number', () => {
  const rules = {
    kinds: new Set(['message'] as const),
    dropBots: true,
    dropSystem: true,
    dropStaff: true,
    dropHandedOver: true,
  };
  it('is heard, "0" as well', () => {
    for (const number of ['0', '1']) {
      const event = only({ ...inChannel, 'data[message][text]': number });
      assert.equal(event.text, number);
      assert.equal(dropReason(event, rules), undefined);
    }
  });

  it('may write the label instead when the portal takes the number for a rating', () => {
    const items = ['Yes', 'No'].map((label) => ({ id: label, label }));
    assert.deepEqual(matchChoice(items, '1'), [items[0]]);
    assert.deepEqual(matchChoice(items, 'yes'), [items[0]]);
  });
});

describe('PHP’s way with lists and numbers in JSON', () => {
  it('an empty list may be a map and a list with gaps as well, and numbers may be texts', () => {
    const item = (eventId: unknown): object => ({
      eventId,
      type: 'ONIMBOTV2MESSAGEADD',
      data: { bot: { id: '7' } },
    });
    const none = { events: undefined, nextOffset: 1002, hasMore: false };
    for (const events of [[], {}]) {
      assert.deepEqual(readEventPage({ ...none, events }, 1), {
        events: [],
        nextOffset: 1002,
        hasMore: false,
      });
    }
    const written = readEventPage(
      { events: { 1: item('1001'), 4: item(1004) }, nextOffset: '1005', hasMore: '1' },
      1,
    );
    assert.deepEqual(
      written.events.map(({ eventId }) => eventId),
      [1001, 1004],
    );
    assert.deepEqual([written.nextOffset, written.hasMore], [1005, true]);
  });

  it('ids are numbers in an event, whatever they were written as', () => {
    const auth = { domain: 'shop.bitrix24.com', member_id: 'm1' };
    for (const id of ['567', 567]) {
      const data = { bot: { id, code: 'helper' }, message: { id, chatId: id }, user: { id } };
      const body = decodeJson(JSON.stringify({ event: 'ONIMBOTV2MESSAGEADD', auth, data }));
      const [event] = normaliseEvent(openEnvelope(body), 'webhook', '');
      assert.deepEqual(
        [event?.bot.id, event?.messageId, event?.chatId, event?.user.id],
        [567, 567, 567, 567],
      );
    }
  });
});

describe('the address of a v1 bot', () => {
  it('is shown without the secret that the portal appends', () => {
    const address = 'https://flows.example.org/bitrix24/events?CLIENT_ID=marker-client-id';
    assert.equal(
      createRedactor().text(`POST ${address} 200`),
      'POST https://flows.example.org/bitrix24/events?CLIENT_ID=*** 200',
    );
  });
});
