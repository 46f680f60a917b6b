import assert from 'node:assert/strict';
import type { PollerState } from '../../../lib/bitrix24/events/fetch-poller';
import { InvalidError, UnreachableError } from '../../../lib/core/errors';
import { createBotBoard, type BotBoard } from '../../../nodes/config/bitrix-bot/bot-board';
import { overview, type BotView } from '../../../nodes/runtime/overview';
import { createStatusBoard, type StatusBoard } from '../../../nodes/runtime/status';

const away = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: true });
const shop = { domain: 'shop.bitrix24.com' };
const branch = { domain: 'branch.bitrix24.com' };

describe('how a bot is that fetches its events', () => {
  let board: BotBoard;
  let status: StatusBoard;
  let endings: (() => Promise<void> | void)[];
  let trouble: Error | undefined;
  let recoveries: number;
  beforeEach(() => {
    [trouble, recoveries] = [undefined, 0];
    endings = [];
    status = createStatusBoard({ status: () => undefined });
    const onClose = (end: () => Promise<void> | void): void => void endings.push(end);
    board = createBotBoard(
      { id: 'bot', name: 'Bot', status, onClose, recovered: () => (recoveries += 1) },
      { code: 'helper', eventMode: 'fetch' },
      (error) => (trouble = error),
    );
  });
  afterEach(async () => {
    for (const end of endings) await end();
    status.close();
  });

  const polls = (state: PollerState['state'], change: Partial<PollerState> = {}): PollerState => {
    return { state, taken: 0, failures: 0, ...change };
  };

  async function view(): Promise<BotView | undefined> {
    return (await overview.read()).bots.find(({ id }) => id === 'bot');
  }

  it('stays red when the bot is not as it should be, whoever fetches', async () => {
    const refusal = new InvalidError('CONFIG_INVALID', 'no such code');
    board.onFailure(shop, refusal);
    for (const state of ['waiting', 'elsewhere', 'ok'] as const) {
      board.onPoller(shop, polls(state));
      assert.deepEqual(status.now(), { word: 'unusable', error: refusal });
    }
    board.onSynced(branch, 8);
    assert.deepEqual([status.now().error, trouble, recoveries], [refusal, refusal, 0]);
    board.onSynced(shop, 7);
    assert.deepEqual([trouble, recoveries], [undefined, 1]);
    assert.deepEqual(status.now(), { word: 'ready', error: undefined });
  });

  it('tells the panel that another instance fetches', async () => {
    board.onSynced(shop, 7);
    board.onPoller(shop, polls('elsewhere', { taken: 3 }));
    assert.equal(status.now().word, 'idle');
    assert.deepEqual((await view())?.poller, {
      ...{ state: 'elsewhere', taken: 3, failures: 0, lastError: undefined },
    });
  });

  it('counts what is taken on all portals, and shows what fails on one', async () => {
    board.onSynced(shop, 7);
    board.onSynced(branch, 8);
    board.onPoller(shop, polls('ok', { taken: 4 }));
    board.onPoller(branch, polls('failing', { taken: 1, failures: 2, error: away }));
    board.onPoller(shop, polls('ok', { taken: 5 }));
    assert.deepEqual([status.now(), trouble], [{ word: 'failed', error: away }, away]);
    const { state, taken, failures, lastError } = (await view())?.poller ?? {};
    assert.deepEqual([state, taken, failures, lastError?.code], ['failing', 6, 2, 'BITRIX_UNREACHABLE']);
    board.onPoller(branch, polls('elsewhere', { taken: 1 }));
    assert.equal(status.now().word, 'ready');
  });
});
