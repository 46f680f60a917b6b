import assert from 'node:assert/strict';
import { fieldsOfMetadata, fitChat } from '../../../lib/speechsense/chat';

const roles = { operator_id: '103', client_id: '587', bot_id: 'bot' };
const message = { user_id: 587, text: 'Hello', timestamp: '2026-03-11T12:08:52.000Z' };

describe('a chat for speechsense', () => {
  const forms: Readonly<Record<string, unknown>> = {
    'the guide’s object': { messages: [message] },
    'the list alone': [message],
    'JSON text': JSON.stringify({ messages: [message] }),
    'the form of the wire': {
      text_content: {
        messages: [
          { user_id: '587', timestamp: { seconds: '1773230932', nanos: 0 }, text: { text: 'Hello' } },
        ],
      },
    },
  };
  for (const [name, given] of Object.entries(forms)) {
    it(`is read as ${name}`, () => {
      assert.deepEqual(fitChat(given, roles), {
        messages: [
          { user_id: '587', timestamp: { seconds: '1773230932', nanos: 0 }, text: { text: 'Hello' } },
        ],
        skipped: 0,
      });
    });
  }

  it('is put in the order of time, without what has no text', () => {
    const later = { ...message, text: 'later', timestamp: '2026-03-11T16:08:52+03:00' };
    const { messages, skipped } = fitChat([later, { ...message, text: ' ' }, message], roles);
    assert.deepEqual(
      messages.map(({ text }) => text.text),
      ['Hello', 'later'],
    );
    assert.equal(skipped, 1);
  });

  const wrong: readonly [string, unknown, string][] = [
    ['no list', { messages: 'a' }, 'chat.messages'],
    ['nothing', undefined, 'chat.messages'],
    ['no messages', [], 'chat.messages'],
    ['a stranger', [{ ...message, user_id: '999' }], 'chat.messages[0].user_id'],
    ['no person', [message, { ...message, user_id: null }], 'chat.messages[1].user_id'],
    ['no time', [{ ...message, timestamp: 'yesterday' }], 'chat.messages[0].timestamp'],
    ['1970', [{ ...message, timestamp: 0 }], 'chat.messages[0].timestamp'],
    ['a text that is none', [{ ...message, text: 5 }], 'chat.messages[0].text'],
  ];
  for (const [name, given, what] of wrong) {
    it(`is refused with ${name}`, () => {
      assert.throws(() => fitChat(given, roles), { code: 'INPUT_INVALID', params: { what } });
    });
  }

  for (const [field, earlier, changes] of [
    ['client_id', 'operator_id', { client_id: ' 103 ' }],
    ['bot_id', 'operator_id', { bot_id: '103' }],
    ['bot_id', 'client_id', { bot_id: '587' }],
  ] as const) {
    it(`is refused when ${field} is ${earlier}`, () => {
      assert.throws(() => fitChat([message], { ...roles, ...changes }), {
        code: 'SPEECHSENSE_FIELD',
        message: `${earlier} and ${field} of the metadata are the same`,
        params: { field, expected: `${field} ≠ ${earlier}` },
      });
    });
  }

  it('has its metadata as the guide’s file, whole or only its keys', () => {
    const fields = { operator_id: 1 };
    for (const given of [fields, { connection_id: 'eag1', ...fields }, { connection_id: 'eag1', fields }]) {
      assert.deepEqual(fieldsOfMetadata(given, 'eag1'), fields);
    }
    assert.deepEqual(fieldsOfMetadata(JSON.stringify({ metadata: { fields } }), 'eag1'), fields);
    assert.throws(() => fieldsOfMetadata({ connection_id: 'eag2', fields }, 'eag1'), {
      code: 'INPUT_INVALID',
    });
    assert.throws(() => fieldsOfMetadata([1], 'eag1'), { code: 'INPUT_INVALID' });
  });
});
