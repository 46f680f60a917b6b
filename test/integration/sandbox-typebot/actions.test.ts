import assert from 'node:assert/strict';
import { at, post, seen, servers, talkTo } from './support';

const start = servers();
const more = 'Anything else? | ? text input';

describe('sandbox typebot: actions of the client', () => {
  it('are bound to the bubble before them', async () => {
    const typebot = await start();
    const { json } = await talkTo(typebot, 'bubbles-and-wait').start();
    assert.deepEqual(at(json, 'clientSideActions'), [
      { type: 'wait', wait: { secondsToWaitFor: 2 }, lastBubbleBlockId: at(json, 'messages', 0, 'id') },
      { type: 'wait', wait: { secondsToWaitFor: 30 }, lastBubbleBlockId: at(json, 'messages', 2, 'id') },
    ]);
    const first = await talkTo(typebot, 'wait-before-anything').start();
    assert.deepEqual(at(first.json, 'clientSideActions'), [{ type: 'wait', wait: { secondsToWaitFor: 1 } }]);
  });

  it('fill variables into a redirect', async () => {
    const { json } = await talkTo(await start(), 'redirect').start({
      prefilledVariables: { DIALOG_ID: 'chat7' },
    });
    assert.deepEqual(at(json, 'clientSideActions', 0, 'redirect'), {
      url: 'https://example.com/shop?chat=chat7',
      isNewTab: true,
    });
  });

  it('pause until an empty call comes', async () => {
    const talk = talkTo(await start(), 'pause');
    assert.equal(seen(await talk.start()), 'One. | {wait!} | over');
    assert.equal(seen(await talk.say()), 'Two. | {wait!} | over');
    assert.equal(seen(await talk.say(null)), `Three. | ${more}`);
  });

  it('set a variable to what the client answers', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'set-variable');
    assert.equal(seen(await talk.start()), 'One moment. | {setVariable!} | over');
    assert.equal(seen(await talk.say('"evening"')), `Moment: evening | ${more}`);
    assert.equal(await talk.after(undefined), `Moment:  | ${more}`);
    assert.equal(await talk.after('plain words'), `Moment: plain words | ${more}`);
    assert.deepEqual(typebot.sessionOf('set-variable').state.events, [
      { kind: 'continued', type: 'setVariable', reply: 'plain words' },
    ]);
  });

  it('name the variables of a script by their ids', async () => {
    const talk = talkTo(await start(), 'set-literals');
    const script = (json: unknown): unknown =>
      at(json, 'clientSideActions', 0, 'setVariable', 'scriptToExecute');
    const first = await talk.start({ prefilledVariables: { FIRST_NAME: 'Ada' } });
    assert.deepEqual(script(first.json), { content: '42', isCode: false, isUnsafe: false, args: [] });
    assert.deepEqual(at(script((await talk.say('42')).json), 'content'), '"two words"');
    const last = script((await talk.say('"two words"')).json);
    const id = String(at(last, 'args', 0, 'id'));
    assert.deepEqual(last, {
      content: `return "Hello " + ${id}`,
      isCode: true,
      isUnsafe: true,
      args: [{ id, value: 'Ada' }],
    });
    assert.equal(seen(await talk.say()), `NUMBER: 42\nWORDS: two words\nGREETING:  | ${more}`);
  });

  it('want JSON for a request', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'http-request');
    const first = await talk.start();
    assert.deepEqual(at(first.json, 'clientSideActions', 0, 'httpRequestToExecute'), {
      method: 'GET',
      url: 'http://169.254.169.254/latest/meta-data',
      headers: { 'X-Key': 'abc' },
    });
    assert.equal(seen(await talk.say('not supported')), '400 Provided response is not valid JSON');
    const data = { people: [{ name: 'Ada' }] };
    assert.equal(
      seen(await talk.say(JSON.stringify({ statusCode: 200, data }))),
      `STATUS: 200\nNAME: Ada | ${more}`,
    );
    assert.equal(
      await talk.after('{"statusCode":500,"data":"not supported"}'),
      `STATUS: 500\nNAME:  | ${more}`,
    );
  });

  it('wait for a webhook; a text is taken for it', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'webhook');
    assert.equal(await talk.after(), 'I wait for the payment. | {listenForWebhook!} | over');
    assert.equal(await talk.after('hello?'), `PAID: \nBODY: hello? | ${more}`);
    assert.equal(await talk.after('{"data":{"amount":5}}'), `PAID: 5\nBODY: {"amount":5} | ${more}`);
  });

  it('wait for the event of a page', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'waiting-embed');
    const first = await talk.start();
    assert.equal(seen(first), 'Choose a time: | [embed] | over');
    const waiting = at(first.json, 'messages', 1, 'content', 'waitForEvent');
    assert.deepEqual([at(waiting, 'isEnabled'), at(waiting, 'name')], [true, 'booked']);
    assert.equal(seen(await talk.say('tomorrow')), `Booked: tomorrow | ${more}`);
    const custom = talkTo(typebot, 'custom-embed');
    assert.equal(await custom.after(), 'Choose a time: | [custom-embed] | over');
    assert.equal(seen(await custom.say('at two')), 'Booked: at two | [custom-embed] | over');
    assert.equal(typebot.sessionOf('custom-embed').isDeleted, false);
    assert.equal(seen(await custom.say()), more);
  });

  it('are sent though they mean nothing in a chat', async () => {
    const typebot = await start();
    assert.equal(
      await talkTo(typebot, 'ignored-actions').after(),
      'Nothing to see here. | Anything else? | {startPropsToInject} | {scriptToExecute} | {codeToExecute} | {googleAnalytics} | {pixel} | ? text input',
    );
    assert.match(await talkTo(typebot, 'chatwoot').after(), /\{chatwoot\}/);
    assert.equal(
      await talkTo(typebot, 'unknown-action').after(),
      'Before | {vibrate} | {readFingerprint!} | over',
    );
    assert.equal(await talkTo(typebot, 'unknown-action').after('x'), `After | ${more}`);
  });

  it('can go on for ever, call by call or within one', async () => {
    const typebot = await start({ timeoutSeconds: 20 });
    const talk = talkTo(typebot, 'endless-replies');
    await talk.start();
    for (let round = 0; round < 25; round += 1)
      assert.equal(seen(await talk.say()), 'Round | {wait!} | over');
    assert.equal(await talkTo(typebot, 'endless-flow').after(), '408 20 seconds timeout reached');
  });
});

describe('sandbox typebot: webhooks from outside', () => {
  it('are told to whoever listens, and leave the session where it stands', async () => {
    const typebot = await start();
    const bot = typebot.bot('webhook');
    const { json } = await talkTo(typebot, 'webhook').start();
    const resultId = String(at(json, 'resultId'));
    const blockId = typebot.sessionOf('webhook').state.currentBlockId ?? '';
    const url = `${typebot.apiBaseUrl}/v1/typebots/${bot.id}/blocks/${blockId}/results/${resultId}/executeWebhook`;
    const headers = { Authorization: `Bearer ${typebot.token}` };
    assert.equal((await post(url, { amount: 5 })).status, 401);
    assert.deepEqual((await post(url, { amount: 5 }, headers)).json, { message: 'OK' });
    const { id: sessionId } = typebot.sessionOf('webhook');
    assert.deepEqual(typebot.broadcasts, [{ sessionId, resultId, blockId, body: { amount: 5 } }]);
    assert.equal(typebot.sessionOf('webhook').state.currentBlockId, blockId);
    const wrong = async (from: string, to: string): Promise<string> =>
      seen(await post(url.replace(from, to), {}, headers));
    assert.equal(await wrong(resultId, 'x'), '404 No chat session found');
    assert.equal(await wrong(blockId, 'x'), '404 Webhook block not found');
    assert.equal(await wrong(bot.id, 'x'), '404 Typebot not found');
  });

  it('need something to listen with', async () => {
    const typebot = await start({ hasPartyKit: false });
    const url = `${typebot.apiBaseUrl}/v1/typebots/a/blocks/b/results/c/executeWebhook`;
    const answer = await post(url, {}, { Authorization: `Bearer ${typebot.token}` });
    assert.equal(seen(answer), '404 PartyKit not configured');
  });
});
