import assert from 'node:assert/strict';
import { InvalidError } from '../../../../lib/core/errors';
import { failureNote } from '../../../../lib/bitrix24/lines/failure-note';
import { chatOfLine, readTransferTarget } from '../../../../lib/bitrix24/lines/line-act';
import { readReplyTarget } from '../../../../lib/bitrix24/reply/target';

describe('whom a dialog is given to', () => {
  for (const [given, wanted] of [
    [27, '27'],
    ['27', '27'],
    [' 27 ', '27'],
    ['queue3', 'queue3'],
    ['Queue 3', 'queue3'],
    ['chat112', undefined],
    ['queue', undefined],
    ['0', undefined],
    [0, undefined],
    ['-1', undefined],
    ['27, 28', undefined],
    ['', undefined],
    [undefined, undefined],
    [{ id: 27 }, undefined],
  ] as const) {
    it(`${JSON.stringify(given)} is ${wanted ?? 'nobody'}`, () => {
      assert.equal(readTransferTarget(given), wanted);
    });
  }
});

describe('the chat of a session', () => {
  const openline = { lineId: 3 };

  it('is the one of the event, or that of its dialog', () => {
    assert.equal(chatOfLine(readReplyTarget({ dialogId: 'chat112', chatId: 113, openline })), 113);
    assert.equal(chatOfLine(readReplyTarget({ dialogId: 'chat112', openline })), 112);
  });

  for (const [what, bitrix] of [
    ['a group', { dialogId: 'chat112', chatId: 112 }],
    ['a private dialog', { dialogId: '55', openline }],
  ] as const) {
    it(`is not ${what}`, () => {
      assert.throws(
        () => chatOfLine(readReplyTarget(bitrix)),
        (error) => error instanceof InvalidError && error.code === 'INPUT_INVALID',
      );
    });
  }
});

describe('the note of a bot that has failed', () => {
  it('is in the language of the portal, and names the failure', () => {
    assert.match(failureNote('DIFY_TIMEOUT', 'ru') ?? '', /^Бот не смог ответить \(DIFY_TIMEOUT\)/);
    for (const language of ['en', 'de', '', 'rum'])
      assert.match(failureNote('DIFY_TIMEOUT', language) ?? '', /^The bot could not answer \(DIFY_TIMEOUT\)/);
  });

  it('is left out when the flow had a reason of its own', () => {
    for (const reason of ['asked', '', undefined]) assert.equal(failureNote(reason, 'en'), undefined);
  });
});
