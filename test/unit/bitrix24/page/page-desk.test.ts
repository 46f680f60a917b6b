import assert from 'node:assert/strict';
import { portalKeeps, type SyncOutcome } from '../../../../lib/bitrix24/bots/sync-outcome';
import { CancelledError, InvalidError, RefusedError } from '../../../../lib/core/errors';
import { at, entriesAt, flagAt, textAt } from '../../../../lib/core/fields';
import { until } from '../../../support/until';
import { ownWish } from './bots';
import { key, noticed, problemOf, setUp, unreachable } from './desk-scene';

describe('the desk of the page: what becomes of a change', () => {
  it('is kept and brought to the portal before the answer', async () => {
    const { open, save, world, book } = setUp();
    const answer = await save(await open(), { name: 'Ann' });
    assert.deepEqual([answer.status, at(answer.content, 'isPending')], [200, undefined]);
    assert.equal(textAt(answer.content, 'bot', 'name'), 'Ann');
    assert.deepEqual(world.synced, ['Ann']);
    assert.equal((await book.load(key)).name, 'Ann');
  });

  it('is not kept when the portal refuses it, and the portal gets back what was there', async () => {
    const { open, save, world, book } = setUp();
    const bearer = await open();
    await save(bearer, { name: 'Ann' });
    const refused = new RefusedError('BITRIX_REFUSED', 'no', { params: { obstacle: 'avatar-refused' } });
    const answers = [() => Promise.reject(refused), async () => noticed];
    world.sync = () => (answers.shift() ?? assert.fail('synced too often'))();
    assert.equal(problemOf(await save(bearer, { name: 'Bea' })), '422 avatar-refused');
    assert.deepEqual(world.synced, ['Ann', 'Bea', 'Ann']);
    assert.equal((await book.load(key)).name, 'Ann');
  });

  it('says in few words why the portal refuses, and nothing of what it was sent', async () => {
    const refusedFor = (obstacle: string, about = ''): RefusedError =>
      new RefusedError('BITRIX_REFUSED', 'MARKER', { params: { obstacle, about } });
    const cases: [Error, string][] = [
      [refusedFor('command-refused', '/x'), '422 command-refused'],
      [refusedFor('code-taken'), '422 bot-refused'],
      [new RefusedError('BITRIX_APP_LOST', 'MARKER'), '422 app-lost'],
      [new RefusedError('STORE_UNAVAILABLE', 'MARKER'), '503 store'],
      [new InvalidError('CONFIG_INVALID', 'MARKER'), '422 settings'],
      [new Error('MARKER'), '500 unexpected'],
    ];
    for (const [error, problem] of cases) {
      const { open, save, world } = setUp();
      const bearer = await open();
      world.sync = () => Promise.reject(error);
      assert.equal(problemOf(await save(bearer, { name: 'Ann' })), problem);
    }
  });

  it('is kept for a portal that does not answer, or for the nodes that a deploy brings', async () => {
    for (const error of [unreachable, new CancelledError(), new RefusedError('BITRIX_RATE_LIMIT', 'wait')]) {
      const { open, save, world, book } = setUp();
      world.sync = () => Promise.reject(error);
      const answer = await save(await open(), { name: 'Ann' });
      assert.deepEqual([answer.status, flagAt(answer.content, 'isPending')], [200, true]);
      assert.equal((await book.load(key)).name, 'Ann');
    }
  });

  it('is answered after 25 seconds, and taken back when the portal refuses it later', async () => {
    const { open, ask, revision, world, book, clock } = setUp();
    const bearer = await open();
    let refuse = (): void => undefined;
    const late = new Promise<SyncOutcome>((_resolve, reject) => {
      refuse = () => reject(new RefusedError('BITRIX_REFUSED', 'no'));
    });
    const answers = [() => late, async () => noticed];
    world.sync = () => (answers.shift() ?? assert.fail('synced too often'))();
    const saving = ask(bearer, {
      action: 'save',
      code: 'helper',
      revision: await revision(bearer),
      name: 'Ann',
    });
    await until(() => world.synced.length === 1, 'the sync to begin');
    await clock.advance(25_000);
    const answer = await saving;
    assert.deepEqual([answer.status, flagAt(answer.content, 'isPending')], [200, true]);
    refuse();
    await until(() => world.synced.length === 2, 'the second sync');
    await book.inTurn(key, async () => undefined);
    assert.deepEqual(world.synced, ['Ann', 'Helper']);
    assert.equal((await book.load(key)).name, undefined);
  });

  it('says when the portal shows something else all the same', async () => {
    const { open, save, world } = setUp();
    world.sync = async () => ({ ...noticed, notes: [portalKeeps(['name'])] });
    assert.equal(flagAt((await save(await open(), { name: 'Ann' })).content, 'isShownElse'), true);
  });

  it('is refused when somebody else was quicker, or the node says something else by now', async () => {
    const { open, ask, save, revision, world } = setUp();
    const bearer = await open();
    const old = await revision(bearer);
    await save(bearer, { name: 'Ann' });
    const late = { action: 'save', code: 'helper', revision: old, name: 'Bea' };
    assert.equal(problemOf(await ask(bearer, late)), '409 conflict');
    const now = await revision(bearer);
    world.own = ownWish({ botName: 'Deployed' });
    assert.equal(problemOf(await ask(bearer, { ...late, revision: now })), '409 conflict');
    assert.equal(problemOf(await ask(bearer, { ...late, action: 'discard', revision: now })), '409 conflict');
  });

  it('leaves where a command may be used as it was, and does not make a hidden one say what it does', async () => {
    const { open, save, world, book } = setUp();
    const shown = {
      command: 'help',
      title: { en: 'Help' },
      params: {},
      common: true,
      hidden: false,
      extranet: true,
    };
    world.own = ownWish({ commands: [shown, { command: 'secret', hidden: true }] });
    const bearer = await open();
    const commands = [
      { name: 'help', titles: { en: 'Get help' }, params: {} },
      { name: 'secret', titles: {}, params: {} },
    ];
    assert.equal((await save(bearer, { commands })).status, 200);
    assert.deepEqual((await book.load(key)).commands, [
      { command: 'help', wish: { ...shown, title: { en: 'Get help' } } },
    ]);
    const untitled = { commands: [...commands, { name: 'new', titles: {}, params: {} }] };
    assert.equal(problemOf(await save(bearer, untitled)), '422 command-title');
  });

  it('goes back to what the node says, but for being off', async () => {
    const { open, ask, save, revision, book, world } = setUp();
    const bearer = await open();
    await save(bearer, { name: 'Ann', commands: [] });
    await ask(bearer, { action: 'switch', code: 'helper', isOn: false });
    const wish = { action: 'discard', code: 'helper', revision: await revision(bearer) };
    const answer = await ask(bearer, wish);
    assert.equal(textAt(answer.content, 'bot', 'name'), 'Helper');
    const { name, isOff, commands } = await book.load(key);
    assert.deepEqual([name, isOff, commands], [undefined, true, []]);
    assert.deepEqual(world.synced, ['Ann', 'Helper']);
  });

  it('is only a switch for a bot that somebody else has registered', async () => {
    const { open, ask, save, book, world } = setUp();
    world.isKept = false;
    const bearer = await open();
    assert.equal(problemOf(await save(bearer, { name: 'Ann' })), '422 unkept');
    assert.equal((await ask(bearer, { action: 'switch', code: 'helper', isOn: false })).status, 200);
    assert.equal(await book.isOff(key), true);
    assert.deepEqual(world.synced, []);
  });

  it('says how the bot is, without a word of the portal', async () => {
    const { open, ask, world } = setUp();
    const bearer = await open();
    const stateNow = async (): Promise<unknown> =>
      at(entriesAt((await ask(bearer, { action: 'list' })).content, 'bots')[0], 'state');
    assert.deepEqual(await stateNow(), { kind: 'registered', id: 7 });
    world.state = { kind: 'waiting', error: undefined };
    assert.deepEqual(await stateNow(), { kind: 'waiting' });
    world.state = { kind: 'failed', error: new RefusedError('BITRIX_APP_LOST', 'MARKER') };
    assert.deepEqual(await stateNow(), { kind: 'failed', problem: { key: 'app-lost' } });
    world.isKept = false;
    assert.deepEqual(await stateNow(), { kind: 'unkept' });
  });
});
