import assert from 'node:assert/strict';
import { keysAt } from '../../../lib/core/fields';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { at, seen, servers, talkTo } from './support';

const start = servers();
const asked = 'Hello ! | What can I do for you? | ? text input';

describe('sandbox typebot: what goes wrong', () => {
  it('is refused in the current form, or in the old one', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    await talk.start();
    typebot.script('greeting', 'session-lost');
    assert.deepEqual((await talk.say('tea')).json, {
      defined: false,
      code: 'NOT_FOUND',
      status: 404,
      message: 'Session not found.',
    });
    await talk.start();
    typebot.script('greeting', 'old-error-shape');
    assert.deepEqual((await talk.say('tea')).json, { message: 'Session not found.', code: 'NOT_FOUND' });
    const old = await start({ errorShape: 'old' });
    const issues = (await talkTo(old, 'greeting').start({ message: 7 })).json;
    assert.deepEqual(keysAt(issues), ['message', 'code', 'issues']);
    old.script('greeting', { refuse: { status: 400, message: 'No' }, shape: 'current' });
    assert.equal(at((await talkTo(old, 'greeting').start()).json, 'status'), 400);
  });

  it('is answered by a proxy', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    for (const [scenario, status] of [
      ['bad-gateway', 502],
      ['unavailable', 503],
      ['gateway-timeout', 504],
    ] as const) {
      typebot.script('greeting', scenario);
      const answer = await talk.start();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('content-type'), 'text/html');
      assert.match(answer.text, /^<html>/);
    }
    // Only the last of the three had begun its work.
    assert.equal(typebot.sessions.length, 1);
  });

  it('leads to another host', async () => {
    const typebot = await start();
    for (const [scenario, status] of [
      ['redirected', 301],
      ['redirected-keeping-method', 308],
    ] as const) {
      typebot.script('greeting', scenario);
      const answer = await talkTo(typebot, 'greeting').start();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('location'), 'https://typebot.example.com/elsewhere');
    }
  });

  it('breaks the connection, before the work or after it', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    await talk.start();
    typebot.script('greeting', 'cut-before-answer', 'answer-lost', 'cut-mid-answer');
    for (const answers of [0, 1, 2]) {
      await assert.rejects(talk.say('tea'));
      assert.equal(typebot.results[0]?.answers.length, answers);
    }
    const broken = typebot.requestsOf('continue');
    await until(() => broken.every(({ ended }) => ended), 'the ends of the calls');
    assert.deepEqual(
      broken.map(({ brokenOff, status }) => [brokenOff, status]),
      [
        [true, 0],
        [true, 0],
        [true, 200],
      ],
    );
  });

  it('never answers', async () => {
    const typebot = await start();
    typebot.script('greeting', 'no-answer');
    const giveUp = new AbortController();
    const call = fetch(typebot.startUrl('greeting'), { method: 'POST', signal: giveUp.signal });
    await typebot.untilRequest(({ scenario }) => scenario === 'no-answer');
    giveUp.abort();
    await assert.rejects(call);
    await typebot.untilRequest(({ ended, status }) => ended && status === 0);
    assert.equal(typebot.sessions.length, 0);
  });

  it('answers late, by the clock', async () => {
    const clock = manualClock();
    const typebot = await start({ clock });
    typebot.script('greeting', 'slow');
    const call = talkTo(typebot, 'greeting').start();
    await until(() => clock.pending() === 1, 'the delay');
    assert.equal(typebot.sessions.length, 0);
    await clock.advance(30_000);
    assert.equal(seen(await call), asked);
  });

  it('answers with what is no answer', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    for (const [scenario, begins] of [
      ['html-page', '<!DOCTYPE'],
      ['broken-json', '{"messages":[{'],
      ['empty-body', ''],
      ['other-json', '["hello"]'],
    ] as const) {
      typebot.script('greeting', scenario);
      const { status, text } = await talk.start();
      assert.equal(status, 200);
      assert.equal(text.slice(0, begins.length), begins);
    }
    typebot.script('greeting', 'without-messages', 'with-nulls');
    assert.equal(at((await talk.start()).json, 'messages'), undefined);
    assert.equal(at((await talk.start()).json, 'messages', 0), null);
  });

  it('refuses what was ordered for it', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    typebot.script(
      'greeting',
      'timeout',
      'input-refused',
      'server-error',
      'closed-old-shape',
      'command-refused-as-form',
    );
    assert.equal(seen(await talk.start()), '408 30 seconds timeout reached');
    assert.equal(seen(await talk.start()), '400 Input validation failed');
    assert.equal(seen(await talk.start()), '500 Internal server error');
    assert.deepEqual((await talk.start()).json, { message: 'This bot is now closed', code: 'BAD_REQUEST' });
    assert.equal(seen(await talk.start()), asked);
    assert.equal(seen(await talk.say({ type: 'command', command: 'x' })), '400 Input validation failed');
  });
});

describe('sandbox typebot: orders', () => {
  it('are played one a call, for the bot and the endpoint that they are for', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    typebot.script('greeting', { on: 'continue', refuse: { status: 500, message: 'a' } }, 'bad-gateway');
    assert.equal(seen(await talkTo(typebot, 'choice').start()), 'Sales or support? | ? choice input');
    assert.equal((await talk.start()).status, 502);
    assert.equal(seen(await talk.start()), asked);
    assert.equal(seen(await talk.say('tea')), '500 a');
    assert.match(seen(await talk.say('tea')), /^You wrote: tea/);
  });

  it('can stand, and be taken back', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    typebot.always('greeting', 'unavailable');
    assert.deepEqual([(await talk.start()).status, (await talk.start()).status], [503, 503]);
    typebot.always('greeting', undefined);
    assert.equal((await talk.start()).status, 200);
    typebot.script('greeting', 'unavailable');
    typebot.clearScripts();
    assert.equal((await talk.start()).status, 200);
  });

  it('can be for calls of no bot', async () => {
    const typebot = await start();
    const health = `${typebot.apiBaseUrl}/healthz`;
    assert.deepEqual(await (await fetch(health)).json(), { status: 'ok' });
    typebot.script('*', { on: 'healthz', reply: { status: 503, html: '<html>' } });
    assert.equal((await fetch(health)).status, 503);
    assert.equal((await fetch(health)).status, 200);
  });

  it('are refused where they would do nothing', async () => {
    const typebot = await start();
    assert.throws(() => typebot.script('greeting', 'cards'), /cards is the doing of a bot: let it play/);
    assert.throws(() => typebot.script('nobody', 'timeout'), /no bot named nobody/);
    assert.throws(
      () => typebot.addBot({ name: 'greeting', groups: { start: [] } }),
      /named greeting already/,
    );
    assert.throws(
      () => typebot.addBot({ name: 'lost', groups: { start: [{ kind: 'jump', to: 'nowhere' }] } }),
      /lost leads to nowhere/,
    );
    assert.throws(() => typebot.sessionOf('greeting'), /no session of greeting/);
  });
});
