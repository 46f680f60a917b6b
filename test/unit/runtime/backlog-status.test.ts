import assert from 'node:assert/strict';
import { toError, UnreachableError } from '../../../lib/core/errors';
import { watchBacklog, type BacklogBoard } from '../../../nodes/bitrix-in/backlog-status';
import { createStatusBoard, type StatusBoard } from '../../../nodes/runtime/status';

const away = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: false });
const codes = ['EVENT_CONFLICT', 'EVENT_DEAD'];

describe('the status of a node that takes events', () => {
  let status: StatusBoard;
  let board: BacklogBoard;
  let recovered: string[];
  let ends: (() => Promise<void> | void)[];

  beforeEach(() => {
    [recovered, ends] = [[], []];
    status = createStatusBoard({ status: () => undefined });
    board = watchBacklog(
      {
        status,
        translate: (key) => key,
        report: (failure) => status.fail(toError(failure)),
        recovered: (isOver = () => true) => void recovered.push(...codes.filter(isOver)),
        onClose: (end) => void ends.push(end),
      },
      () => Promise.resolve(undefined),
    );
  });
  afterEach(async () => {
    for (const end of ends) await end();
    status.close();
  });

  it('is red while another one wants the same events, whatever flows end meanwhile', () => {
    board.onRival(1);
    board.onFinished();
    assert.deepEqual([status.now().word, board.trouble()], ['unusable', status.now().error]);
    assert.deepEqual(recovered, ['EVENT_DEAD']);
    board.onRival(0);
    assert.deepEqual([status.now().word, board.trouble()], ['ready', undefined]);
    assert.deepEqual(recovered, ['EVENT_DEAD', 'EVENT_CONFLICT']);
  });

  it('is not ready while its bot has failed', () => {
    board.onRival(0);
    board.onBot(away);
    assert.deepEqual(status.now(), { word: 'failed', error: undefined });
    assert.equal(board.trouble(), away);
    board.onFinished();
    board.onRival(0);
    assert.equal(status.now().word, 'failed');
    board.onBot(undefined);
    assert.deepEqual([status.now().word, board.trouble()], ['ready', undefined]);
  });

  it('has two nodes for the same events before a bot that failed', () => {
    board.onBot(away);
    board.onRival(1);
    board.onBot(undefined);
    board.onBot(away);
    assert.equal(status.now().word, 'unusable');
    board.onRival(0);
    assert.equal(status.now().word, 'failed');
  });
});
