import assert from 'node:assert/strict';
import { createChangeBook } from '../../../../lib/bitrix24/page/change-book';
import { createPageDesk } from '../../../../lib/bitrix24/page/page-desk';
import { createPageSessions } from '../../../../lib/bitrix24/page/page-session';
import type { Profile } from '../../../../lib/bitrix24/page/visitor';
import { flagAt } from '../../../../lib/core/fields';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import { manualClock } from '../../../support/manual-clock';
import { key, minute, problemOf, setUp, tokenRefused, unreachable } from './desk-scene';

describe('the desk of the page: who may', () => {
  it('opens for whoever the portal knows by the token, and for nobody else', async () => {
    const { desk, visit, world, open } = setUp();
    assert.ok(await open());
    assert.ok(await open({ userId: undefined }));
    world.profile = async () => ({ userId: 6, isAdmin: true });
    assert.equal((await desk.open(visit)).status, 401, 'the auth server names somebody else');
    world.profile = () => Promise.reject(tokenRefused);
    assert.equal((await desk.open(visit)).status, 401);
    world.profile = () => Promise.reject(unreachable);
    const answer = await desk.open(visit);
    assert.equal(answer.status, 503);
    assert.match(answer.text, /Bitrix24 does not answer/);
    assert.doesNotMatch(answer.text, /MARKER|bearer/);
  });

  it('knows no bearer of another app, or of a portal that has gone', async () => {
    const { desk, open, world, store, clock } = setUp();
    const bearer = await open();
    const body = { action: 'list' };
    assert.equal(await desk.receive({ bearer: 'x.y', body }), undefined);
    world.portals = [];
    assert.equal(await desk.receive({ bearer, body }), undefined);
    world.portals = ['m1'];
    assert.equal((await desk.receive({ bearer, body }))?.status, 200);
    const foreign = createPageDesk({
      clientId: 'local.other',
      sessions: createPageSessions(async () => store, clock),
      book: createChangeBook(async () => createMemoryStore()),
      clock: manualClock(),
      files: { script: '', style: '' },
      bots: () => [],
      hasPortal: async () => true,
      askProfile: () => Promise.reject(unreachable),
    });
    assert.equal(await foreign.receive({ bearer, body }), undefined);
  });

  it('asks the portal again before a change when its word is two minutes old, and not sooner', async () => {
    const { open, save, world, clock } = setUp();
    const bearer = await open();
    await save(bearer, { name: 'Ann' });
    await clock.advance(2 * minute - 1);
    await save(bearer, { name: 'Bea' });
    assert.equal(world.profiles, 1);
    await clock.advance(1);
    await save(bearer, { name: 'Cleo' });
    assert.equal(world.profiles, 2);
  });

  it('takes no change of somebody who is an administrator no more', async () => {
    const { open, save, ask, world, clock } = setUp();
    const bearer = await open();
    world.profile = async () => ({ userId: 5, isAdmin: false });
    await clock.advance(2 * minute);
    assert.equal(problemOf(await save(bearer, { name: 'Ann' })), '403 forbidden');
    assert.deepEqual(world.synced, []);
    const { content } = await ask(bearer, { action: 'list' });
    assert.equal(flagAt(content, 'isAdmin'), false);
  });

  it('takes one of somebody who has become one', async () => {
    const { open, save, world, clock } = setUp();
    world.profile = async () => ({ userId: 5, isAdmin: false });
    const bearer = await open();
    world.profile = async () => ({ userId: 5, isAdmin: true });
    assert.equal(problemOf(await save(bearer, { name: 'Ann' })), '403 forbidden');
    await clock.advance(2 * minute);
    assert.equal((await save(bearer, { name: 'Ann' })).status, 200);
  });

  it('ends the session of whose token the portal takes no more, and of who became somebody else', async () => {
    for (const profile of [
      (): Promise<Profile> => Promise.reject(tokenRefused),
      async (): Promise<Profile> => ({ userId: 6, isAdmin: true }),
    ]) {
      const { desk, open, ask, world, clock } = setUp();
      const bearer = await open();
      world.profile = profile;
      await clock.advance(2 * minute);
      const wish = { action: 'switch', code: 'helper', isOn: false };
      assert.equal(problemOf(await ask(bearer, wish)), '401 expired');
      world.profile = async () => ({ userId: 5, isAdmin: true });
      assert.equal(await desk.receive({ bearer, body: wish }), undefined);
    }
  });

  it('changes nothing while the portal cannot say who somebody is', async () => {
    const { open, ask, world, clock, book } = setUp();
    const bearer = await open();
    world.profile = () => Promise.reject(unreachable);
    await clock.advance(2 * minute);
    const wish = { action: 'switch', code: 'helper', isOn: false };
    assert.equal(problemOf(await ask(bearer, wish)), '503 unreachable');
    assert.equal(await book.isOff(key), false);
  });

  it('asks the portal about those who only look every ten minutes', async () => {
    const { open, ask, world, clock } = setUp();
    const bearer = await open();
    await clock.advance(10 * minute - 1);
    await ask(bearer, { action: 'list' });
    assert.equal(world.profiles, 1);
    await clock.advance(1);
    await ask(bearer, { action: 'list' });
    assert.equal(world.profiles, 2);
  });

  it('answers sixty requests a minute', async () => {
    const { open, ask } = setUp();
    const bearer = await open();
    const answers = [];
    for (let count = 0; count < 61; count += 1) answers.push(await ask(bearer, { action: 'list' }));
    assert.equal(answers[59]?.status, 200);
    assert.equal(problemOf(answers[60] ?? assert.fail()), '429 busy');
  });
});
