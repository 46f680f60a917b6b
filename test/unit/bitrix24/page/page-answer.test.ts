import assert from 'node:assert/strict';
import { refusalFor } from '../../../../lib/bitrix24/page/page-answer';
import { UnreachableError, type ErrorCode } from '../../../../lib/core/errors';

describe('what the page says when the bot could not be changed', () => {
  const refusalOf = (code: ErrorCode): [number, string] => {
    const { status, problem } = refusalFor(new UnreachableError(code, 'technical', { sent: false }));
    return [status, problem.key];
  };

  it('tells a portal that does not answer from a bot that another Node-RED is setting up', () => {
    assert.deepEqual(refusalOf('BITRIX_UNREACHABLE'), [503, 'unreachable']);
    assert.deepEqual(refusalOf('BITRIX_BOT_BUSY'), [503, 'bot-busy']);
  });
});
