import assert from 'node:assert/strict';
import { InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { createStatusBoard } from '../../../nodes/runtime/status';
import { until } from '../../support/until';

import type { NodeStatus } from 'node-red';

type Shown = NodeStatus;

function board(): { shown: Shown[]; status: ReturnType<typeof createStatusBoard> } {
  const shown: Shown[] = [];
  return {
    shown,
    status: createStatusBoard({
      status: (state) => void shown.push(typeof state === 'string' ? { text: state } : state),
    }),
  };
}

describe('the status of a node', () => {
  it('says a known word in a known look', () => {
    const { shown, status } = board();
    status.show('ready');
    assert.deepEqual(shown, [{ fill: 'green', shape: 'dot', text: 'bitlane.status.ready' }]);
    status.close();
  });

  it('is sent once a while however busy the node is, and ends at the last word', async () => {
    const { shown, status } = board();
    for (let round = 0; round < 1000; round += 1) {
      status.show('working');
      status.show('ready');
    }
    assert.equal(shown.length, 1);
    await until(() => shown.length > 1, 'the last word');
    assert.deepEqual(
      shown.map(({ text }) => text),
      ['bitlane.status.working', 'bitlane.status.ready'],
    );
    status.close();
  });

  it('is not repeated', async () => {
    const { shown, status } = board();
    status.show('ready');
    status.show('ready');
    status.show('idle');
    await until(() => shown.length > 1, 'the other word');
    assert.deepEqual(
      shown.map(({ text }) => text),
      ['bitlane.status.ready', 'bitlane.status.idle'],
    );
    status.close();
  });

  it('says of a row that failed why it did', () => {
    const { shown, status } = board();
    status.fail(new RefusedError('SYNC_ROW_FAILED', 'mono', { params: { because: 'AUDIO_MONO' } }));
    assert.deepEqual(shown, [{ fill: 'red', shape: 'ring', text: 'bitlane.brief.AUDIO_MONO' }]);
    status.close();
  });

  it('tells what a person must mend from what may mend itself', async () => {
    const { shown, status } = board();
    status.fail(new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: true }));
    status.fail(new InvalidError('CONFIG_EMPTY', 'x is empty'));
    await until(() => shown.length > 1, 'the second failure');
    assert.deepEqual(shown, [
      { fill: 'red', shape: 'ring', text: 'bitlane.brief.BITRIX_UNREACHABLE' },
      { fill: 'red', shape: 'dot', text: 'bitlane.brief.CONFIG_EMPTY' },
    ]);
    status.close();
  });

  for (const [shape, codes] of [
    [
      'dot',
      [
        ...(['BITRIX_APP_LOST', 'BITRIX_APP_KEYS', 'BITRIX_APP_UNPAID', 'BITRIX_PLAN'] as const),
        ...(['BITRIX_MOVED', 'DIFY_AUTH', 'TYPEBOT_AUTH', 'SPEECHSENSE_AUTH'] as const),
        ...(['SPEECHSENSE_KEY_FILE', 'STORE_LOCKED', 'VARIABLE_UNSET', 'SYNC_HALTED'] as const),
      ],
    ],
    [
      'ring',
      [
        ...(['BITRIX_RATE_LIMIT', 'BITRIX_BOT_BUSY', 'DIFY_TIMEOUT', 'DIFY_INPUT'] as const),
        ...(['TYPEBOT_SESSION', 'AUDIO_MONO', 'STORE_UNAVAILABLE', 'INPUT_INVALID', 'INTERNAL'] as const),
      ],
    ],
  ] as const)
    for (const code of codes)
      it(`shows ${code} as a red ${shape}`, () => {
        const { shown, status } = board();
        status.fail(new InvalidError(code, 'no'));
        assert.deepEqual(shown, [{ fill: 'red', shape, text: `bitlane.brief.${code}` }]);
        status.close();
      });

  it('says nothing after the node has closed', () => {
    const { shown, status } = board();
    status.show('working');
    status.show('ready');
    status.close();
    status.show('failed');
    assert.equal(shown.length, 1);
  });
});
