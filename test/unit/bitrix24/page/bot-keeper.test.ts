import assert from 'node:assert/strict';
import { keepBot, type BotKeeper } from '../../../../lib/bitrix24/bots/bot-keeper';
import type { BotWish } from '../../../../lib/bitrix24/bots/bot-wish';
import type { Portal } from '../../../../lib/bitrix24/hub/hub';
import { withChanges } from '../../../../lib/bitrix24/page/bot-changes';
import { createChangeBook } from '../../../../lib/bitrix24/page/change-book';
import { RefusedError, UnreachableError } from '../../../../lib/core/errors';
import { textAt } from '../../../../lib/core/fields';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import { manualClock } from '../../../support/manual-clock';
import { until } from '../../../support/until';
import { changesWith, ownWish } from './bots';

const key = { memberId: 'm1', code: 'helper' };
const unreachable = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: true });
const refusal = new RefusedError('BITRIX_REFUSED', 'no', { serviceCode: 'BOT_AVATAR_INCORRECT_TYPE' });

/** A portal with one bot; `fails` are the errors that its next answers to Bot.get are. */
function setUp(wish: BotWish) {
  const clock = manualClock();
  const stop = new AbortController();
  const open = async (): Promise<typeof store> => store;
  const store = createMemoryStore();
  const book = createChangeBook(open);
  const bot = { name: 'Helper', atOnce: 0, mostAtOnce: 0, fetches: 0, fails: [] as Error[] };
  const shown = (): object => ({
    bot: { id: 7, code: 'helper', type: 'openline', eventMode: wish.eventMode, isSupportOpenline: true },
    users: [{ id: 7, name: bot.name }],
  });

  async function call(method: string, params: unknown): Promise<unknown> {
    bot.atOnce += 1;
    bot.mostAtOnce = Math.max(bot.mostAtOnce, bot.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    bot.atOnce -= 1;
    const failure = method === 'imbot.v2.Bot.get' ? bot.fails.shift() : undefined;
    if (failure) throw failure;
    bot.name = textAt(params, 'fields', 'properties', 'name') ?? bot.name;
    if (method === 'imbot.v2.Command.list') return { commands: [] };
    if (method !== 'imbot.v2.Event.get') return shown();
    bot.fetches += 1;
    return { events: [], nextOffset: 0, hasMore: false };
  }

  const unused = (): never => assert.fail('a keeper only calls');
  const portal: Portal = {
    rest: { call, ask: unused, send: unused, batch: unused, list: unused, close: unused, finish: unused },
    origin: 'https://x.bitrix24.com',
    domain: 'x.bitrix24.com',
    memberId: 'm1',
  };
  const told: string[] = [];
  const keeper: BotKeeper = keepBot({
    portal,
    wish,
    overlay: async (own) => withChanges(own, await book.settle(key, own)),
    store: open,
    place: 'm1',
    isNew: false,
    clock,
    signal: stop.signal,
    onSynced: () => void told.push('synced'),
    onFailure: (_error, willRetry) => void told.push(willRetry ? 'will retry' : 'gave up'),
    onPoller: () => undefined,
    deliver: async () => undefined,
    onUnreadable: unused,
  });
  return { clock, stop, book, bot, told, keeper };
}

const posted = ownWish({
  eventMode: 'webhook',
  webhookUrl: 'https://flows.example/bitrix24/events',
  botToken: 'token',
  commands: [],
});

describe('the keeper of a bot that is changed inside the portal', () => {
  it('brings a change to the portal when it is told to, and answers when it is there', async () => {
    const { keeper, bot, book } = setUp(posted);
    await keeper.stopped();
    await book.save(key, changesWith({ name: 'Ann' }));
    assert.equal(bot.name, 'Helper');
    await keeper.syncNow();
    assert.equal(bot.name, 'Ann');
  });

  it('does one thing after the other', async () => {
    const { keeper, bot, told } = setUp(posted);
    await Promise.all([keeper.syncNow(), keeper.syncNow(), keeper.stopped()]);
    assert.deepEqual([bot.mostAtOnce, told], [1, ['synced', 'synced', 'synced']]);
  });

  it('says that the portal did not answer, and tries again by itself', async () => {
    const { keeper, bot, book, clock, told } = setUp(posted);
    await keeper.stopped();
    await book.save(key, changesWith({ name: 'Ann' }));
    bot.fails.push(unreachable, unreachable);
    await assert.rejects(keeper.syncNow(), unreachable);
    await until(() => told.includes('will retry'), 'the second try');
    assert.equal(bot.name, 'Helper');
    await clock.advance(10_000);
    await keeper.stopped();
    assert.equal(bot.name, 'Ann');
    assert.deepEqual(told, ['synced', 'will retry', 'synced']);
  });

  it('does not try again what the portal refuses', async () => {
    const { keeper, bot, clock, told } = setUp(posted);
    await keeper.stopped();
    bot.fails.push(refusal);
    await assert.rejects(keeper.syncNow(), RefusedError);
    assert.equal(clock.pending(), 0);
    assert.deepEqual(told, ['synced']);
  });

  it('begins to fetch events once the portal has taken the bot, and only once', async () => {
    const { keeper, bot, stop, clock, told } = setUp({ ...posted, eventMode: 'fetch' });
    bot.fails.push(refusal);
    await until(() => told.includes('gave up'), 'the first refusal');
    await keeper.stopped();
    assert.equal(bot.fetches, 0);
    await keeper.syncNow();
    await keeper.syncNow();
    await until(() => bot.fetches === 1, 'the first fetch');
    await until(() => clock.pending() === 1, 'the pause after it');
    stop.abort();
    await keeper.stopped();
    assert.equal(bot.fetches, 1);
  });

  it('stops in the middle of a wait when it is told to', async () => {
    const { keeper, bot, stop, told, clock } = setUp(posted);
    bot.fails.push(unreachable);
    await until(() => clock.pending() === 1, 'the wait');
    stop.abort();
    await keeper.stopped();
    assert.deepEqual(told, ['will retry']);
  });
});
