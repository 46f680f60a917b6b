import assert from 'node:assert/strict';
import { sendJson } from '../../../sandbox/shared/http-listener';
import {
  answered,
  brief,
  choiceInput,
  failureOf,
  said,
  sessionOf,
  started,
  text,
  textInput,
  typebotBench,
} from './support';

describe('what a Typebot bot does between its bubbles', () => {
  const bench = typebotBench();
  const wait = (seconds: number, lastBubbleBlockId?: string) => ({
    type: 'wait',
    wait: { secondsToWaitFor: seconds },
    ...(lastBubbleBlockId !== undefined && { lastBubbleBlockId }),
  });
  const redirect = (url: string, lastBubbleBlockId?: string) => ({
    type: 'redirect',
    redirect: { url, isNewTab: false },
    ...(lastBubbleBlockId !== undefined && { lastBubbleBlockId }),
  });
  const due = (type: string, more: object = {}) => ({ type, expectsDedicatedReply: true, ...more });
  const pause = { ...wait(2), expectsDedicatedReply: true };

  it('comes in the order of the flow, also behind a bubble of which nothing is shown', async () => {
    const typebot = await bench.script(
      started({
        messages: [
          text('One', 'b1'),
          text('', 'b2'),
          { id: 'b3', type: 'hologram', content: {} },
          text('Two', 'b4'),
        ],
        input: choiceInput(['Yes', 'No']),
        clientSideActions: [
          redirect('https://first.example/'),
          wait(1, 'b1'),
          redirect('https://second.example/', 'b2'),
          wait(2, 'b3'),
          redirect('https://third.example/', 'b4'),
          { type: 'pixel', pixel: { pixelId: '1' } },
          { type: 'codeToExecute', codeToExecute: { content: 'x()', args: {} }, lastBubbleBlockId: 'b1' },
          { type: 'time-travel', lastBubbleBlockId: 'b4' },
          wait(3, 'unknown bubble'),
        ],
      }),
    );
    const turn = await bench.client(typebot).start();
    assert.deepEqual(brief(turn.parts), [
      'https://first.example/',
      'One',
      '[wait 1000]',
      'https://second.example/',
      '[wait 2000]',
      'Two',
      'https://third.example/',
      '[wait 3000]',
      '[choices Yes|No]',
    ]);
    assert.deepEqual(turn.logs, [
      { status: 'warning', description: 'a bubble (hologram) is not shown: its type is not known' },
    ]);
  });

  it('comes once each time when a circle of the flow repeats a bubble', async () => {
    const typebot = await bench.script(
      started({
        messages: [text('Item 1', 'b1'), text('Item 2', 'b1'), text('End', 'b2')],
        clientSideActions: [wait(1, 'b1'), wait(2, 'b1')],
      }),
    );
    const turn = await bench.client(typebot).start();
    assert.deepEqual(brief(turn.parts), ['Item 1', '[wait 1000]', 'Item 2', '[wait 2000]', 'End']);
  });

  it('waits no longer than the caller allows', async () => {
    const typebot = await bench.script(started({ clientSideActions: [wait(60)] }));
    const client = bench.client(typebot);
    assert.deepEqual(brief((await client.start()).parts), ['[wait 10000]']);
    assert.deepEqual(brief((await client.start({ maxWaitSeconds: 3 })).parts), ['[wait 3000]']);
  });

  for (const [name, action, reply] of [
    ['a pause', pause, null],
    [
      'a variable with a plain value',
      due('setVariable', { setVariable: { scriptToExecute: { content: '"Minsk"', args: [] } } }),
      { type: 'text', text: 'Minsk' },
    ],
    [
      'code',
      due('setVariable', { setVariable: { scriptToExecute: { content: 'new Date()', args: [] } } }),
      null,
    ],
    [
      'a request',
      due('httpRequestToExecute', { httpRequestToExecute: { url: 'http://127.0.0.1:1/', method: 'GET' } }),
      { type: 'text', text: '{"statusCode":500,"data":"not supported"}' },
    ],
    ['a stream', due('stream', { stream: true }), null],
    ['an old stream', due('streamOpenAiChatCompletion', { streamOpenAiChatCompletion: {} }), null],
  ] as const) {
    it(`goes on after ${name}`, async () => {
      const typebot = await bench.script(
        started({ messages: [text('One')], clientSideActions: [action] }),
        answered({ messages: [text('Two')], input: textInput() }),
      );
      const turn = await bench.client(typebot).start();
      assert.deepEqual(typebot.asked[1]?.body, { message: reply, textBubbleContentFormat: 'richText' });
      assert.deepEqual(
        brief(turn.parts).filter((part) => !part.startsWith('[')),
        ['One', 'Two'],
      );
      assert.equal(sessionOf(turn).input?.id, 'i-text');
    });
  }

  it('stops at a webhook, keeps the session, and tells the bot nothing that a person writes', async () => {
    const typebot = await bench.script(
      started({ messages: [text('One moment.')], clientSideActions: [due('listenForWebhook')] }),
      answered({ messages: [text('Paid.')], input: textInput() }),
    );
    const client = bench.client(typebot);
    const waiting = await client.start();
    assert.deepEqual([waiting.ended, sessionOf(waiting).waits], [false, 'webhook']);
    const held = await client.answer(sessionOf(waiting), said('{"data":{"paid":true}}'));
    assert.deepEqual([typebot.asked.length, held.parts, held.ended], [1, [], false]);
    assert.deepEqual(held.session, waiting.session);
    const resumed = await client.resume(sessionOf(held), { paid: true });
    assert.deepEqual(typebot.messages()[1], { type: 'text', text: '{"data":{"paid":true}}' });
    assert.deepEqual([brief(resumed.parts), sessionOf(resumed).waits], [['Paid.'], undefined]);
    const refused = await failureOf(client.resume(sessionOf(resumed), {}));
    assert.equal(refused.code, 'INPUT_INVALID');
  });

  it('waits with an embed for the next text, which goes as it is', async () => {
    const waitForEvent = { isEnabled: true, name: 'booked' };
    const typebot = await bench.script(
      started({
        messages: [{ id: 'b1', type: 'embed', content: { url: 'https://cal.example/', waitForEvent } }],
      }),
      answered({ messages: [text('Thanks.')] }),
    );
    const client = bench.client(typebot);
    const waiting = await client.start();
    assert.deepEqual([waiting.ended, sessionOf(waiting).waits], [false, 'embed']);
    const turn = await client.answer(sessionOf(waiting), said(' Friday, 15:00 '));
    assert.deepEqual(typebot.messages()[1], { type: 'text', text: ' Friday, 15:00 ' });
    assert.deepEqual([turn.ended, brief(turn.parts)], [true, ['Thanks.']]);
  });

  it('is a sign that a human is wanted', async () => {
    const chatwoot = { type: 'chatwoot', chatwoot: { scriptToExecute: { content: 'open()', args: [] } } };
    const typebot = await bench.script(
      started({ messages: [text('Over to Anna.')], clientSideActions: [chatwoot] }),
    );
    assert.equal((await bench.client(typebot).start()).handover, true);
  });

  it('ends when it goes round in a circle, and what was said till then is told', async () => {
    const typebot = await bench.server((_asked, response, place) => {
      const more = { messages: [text(`${place}`)], clientSideActions: [due('stream')] };
      sendJson(response, 200, place === 1 ? started(more) : answered(more));
    });
    const heard: string[][] = [];
    const error = await failureOf(
      bench.client(typebot).start({
        onProgress: ({ session, parts }) => heard.push([session.id, ...brief(parts)]),
      }),
    );
    assert.equal(error.code, 'TYPEBOT_LOOP');
    assert.equal(typebot.asked.length, 21);
    assert.deepEqual(heard[1], ['cm1', '1', '2']);
    assert.equal(heard.length, 20);
  });

  it('ends when all of it takes too long, although each call is in time', async () => {
    const typebot = await bench.server((_asked, response, place) => {
      const more = { clientSideActions: [due('stream')] };
      const answer = (): void => sendJson(response, 200, place === 1 ? started(more) : answered(more));
      bench.clock.advance(60_000).then(answer, () => response.destroy());
    });
    const error = await failureOf(bench.client(typebot, { timeoutMs: 70_000 }).start());
    assert.equal(error.code, 'TYPEBOT_LOOP');
    assert.deepEqual([error.params['rounds'], error.params['seconds']], [4, 280]);
  });

  describe('in its own pace', () => {
    const typingEmulation = { enabled: true, speed: 60, maxDelay: 4, delayBetweenBubbles: 0.5 };
    const typebotInfo = { id: 't1', version: '6', theme: {}, settings: { typingEmulation } };
    const first = started({
      typebot: typebotInfo,
      messages: [text('Good day to you'), text('Как вас зовут?')],
      input: textInput(),
    });
    const second = answered({ messages: [text('word '.repeat(30).trim(), 'b9')], input: textInput() });

    it('waits before each text but the very first, also in later turns', async () => {
      const typebot = await bench.script(first, second);
      const client = bench.client(typebot);
      const start = await client.start({ pace: true });
      assert.deepEqual(brief(start.parts), ['Good day to you', '[wait 3500]', 'Как вас зовут?']);
      assert.deepEqual(sessionOf(start).typing, typingEmulation);
      const turn = await client.answer(sessionOf(start), said('Ivan'), { pace: true });
      assert.equal(brief(turn.parts)[0], '[wait 4000]');
    });

    it('is kept only when that is wanted', async () => {
      const typebot = await bench.script(first);
      const start = await bench.client(typebot).start();
      assert.ok(start.parts.every(({ type }) => type !== 'wait'));
    });
  });
});
