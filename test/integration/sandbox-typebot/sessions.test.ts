import assert from 'node:assert/strict';
import { answerTo, at, retry, seen, servers, talkTo } from './support';

const start = servers();

describe('sandbox typebot: sessions', () => {
  it('are deleted when an answer ends the conversation', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'end-on-continue');
    assert.equal(await talk.after('Ada'), 'Goodbye, Ada! | over');
    const session = typebot.sessionOf('end-on-continue');
    assert.equal(session.isDeleted, true);
    assert.equal(seen(await answerTo(typebot, session.id, { message: 'more' })), '404 Session not found.');
    assert.equal(typebot.results[0]?.isCompleted, true);
    assert.deepEqual(
      typebot.results[0].answers.map(({ content }) => content),
      ['Ada'],
    );
    assert.deepEqual(typebot.results[0].variables, { NAME: 'Ada' });
  });

  it('stay when the start ended it, and begin anew with their variables', async () => {
    const typebot = await start({
      bots: [
        {
          name: 'short',
          variables: ['FIRST_NAME'],
          groups: {
            start: [{ kind: 'bubble', type: 'text', content: {}, richText: [{ text: 'Hi {{FIRST_NAME}}' }] }],
          },
        },
      ],
    });
    const talk = talkTo(typebot, 'short');
    assert.equal(seen(await talk.start({ prefilledVariables: { FIRST_NAME: 'Ada' } })), 'Hi Ada | over');
    assert.equal(typebot.sessionOf('short').isDeleted, false);
    assert.equal(seen(await talk.say('again')), 'Hi Ada | over');
  });

  it('of a preview are never deleted', async () => {
    const typebot = await start();
    const Authorization = `Bearer ${typebot.token}`;
    await fetch(typebot.previewUrl('end-on-continue'), { method: 'POST', headers: { Authorization } });
    const talk = talkTo(typebot, 'end-on-continue');
    assert.equal(seen(await talk.say('Ada')), 'Goodbye, Ada! | over');
    assert.equal(typebot.sessionOf('end-on-continue').isDeleted, false);
  });

  it('can be lost, expired or broken', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    for (const [scenario, expected] of [
      ['session-lost', '404 Session not found.'],
      ['session-expired', '404 Session expired. You need to start a new session.'],
      ['session-broken', '500 Group / block not found'],
      ['session-without-block', '500 Current block id is not set'],
    ] as const) {
      typebot.script('greeting', scenario);
      await talk.start();
      assert.equal(seen(await talk.say('tea')), expected);
      assert.equal(typebot.requests.at(-1)?.scenario, scenario);
    }
    assert.equal(seen(await answerTo(typebot, 'unknown', { message: 'x' })), '404 Session not found.');
  });

  it('can be lost twice, or with nothing to take their place', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'greeting');
    typebot.play('session-lost-twice');
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      await talk.start();
      statuses.push((await talk.say('tea')).status);
    }
    assert.deepEqual(statuses, [404, 404, 200]);
    typebot.play('session-lost-and-unpublished');
    assert.equal(seen(await talk.say('more')), '404 Session not found.');
    assert.equal(seen(await talk.start()), '404 Typebot not found');
    assert.equal((await talk.start()).status, 200);
  });

  it('keep the bot with which they began', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'end-on-continue');
    await talk.start();
    const [first] = typebot.bot('end-on-continue').inputs();
    typebot.publish({ name: 'end-on-continue', groups: { start: [] } });
    assert.equal(first?.save, 'NAME');
    assert.equal(seen(await talk.say('Ada')), 'Goodbye, Ada! | over');
    assert.equal(seen(await talk.start()), 'over');
  });

  it("count the calls that come in each other's way, and lose an answer", async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'choice');
    await talk.start();
    const gate = typebot.hold('choice', 'continue');
    const slow = talk.say('Sales');
    await gate.arrived;
    assert.equal(seen(await talk.say('Support')), 'You chose Support. | How many? | ? choice input');
    gate.open();
    assert.equal(seen(await slow), 'You chose Sales. | How many? | ? choice input');
    const session = typebot.sessionOf('choice');
    assert.equal(session.state.variables['TOPIC'], 'Sales');
    assert.deepEqual([session.overlaps, typebot.overlaps()], [1, 1]);
    assert.deepEqual(
      typebot.requestsOf('continue', 'choice').map(({ overlapping }) => overlapping),
      [0, 1],
    );
    // Both went into the result, as they do in the real one.
    assert.equal(typebot.results[0]?.answers.length, 2);
    await talk.say('One');
    assert.equal(typebot.overlaps(), 1);
  });

  it('do not count calls of different sessions, nor calls one after another', async () => {
    const typebot = await start();
    const [one, other] = [talkTo(typebot, 'greeting'), talkTo(typebot, 'choice')];
    await Promise.all([one.start(), other.start()]);
    const gate = typebot.hold('greeting', 'continue');
    const held = one.say('tea');
    await gate.arrived;
    await other.say('Sales');
    gate.open();
    await held;
    assert.equal(typebot.overlaps(), 0);
  });
});

describe('sandbox typebot: the form of requests', () => {
  it('has to be one that the server knows', async () => {
    const typebot = await start();
    const { start: begin, say } = talkTo(typebot, 'greeting');
    const wrongStarts = [
      { message: null },
      { message: 7 },
      { message: { type: 'video', url: 'x' } },
      { textBubbleContentFormat: 'html' },
      { prefilledVariables: ['a'] },
      { isOnlyRegistering: 'yes' },
      { resultId: null },
    ];
    for (const body of wrongStarts) {
      const answer = await begin(body);
      assert.equal(seen(answer), '400 Input validation failed');
      assert.deepEqual(at(answer.json, 'data', 'issues', 0, 'path'), Object.keys(body));
    }
    await begin();
    for (const message of [
      { type: 'text' },
      { text: 'a' },
      { type: 'text', text: 'a', attachedFileUrls: 'x' },
      true,
    ])
      assert.equal(seen(await say(message)), '400 Input validation failed');
    assert.equal(seen(await say('a', { textBubbleContentFormat: null })), '400 Input validation failed');
    assert.equal(seen(await say(null)), `${retry} | ? text input`);
  });

  it('has to be JSON, or nothing', async () => {
    const typebot = await start();
    const broken = await fetch(typebot.startUrl('greeting'), { method: 'POST', body: '{"message":' });
    assert.equal(broken.status, 400);
    assert.match(await broken.text(), /Malformed request/);
    const list = await fetch(typebot.startUrl('greeting'), { method: 'POST', body: '[]' });
    assert.equal(list.status, 400);
    assert.equal((await fetch(typebot.startUrl(), { method: 'POST' })).status, 200);
  });
});
