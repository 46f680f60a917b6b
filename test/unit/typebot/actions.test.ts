import assert from 'node:assert/strict';
import { playAction } from '../../../lib/typebot/actions';

describe('an action of a bot', () => {
  const limits = { maxWaitSeconds: 10 };
  const play = (action: unknown) => playAction(action, limits);
  const wait = (seconds: unknown) => ({ type: 'wait', wait: { secondsToWaitFor: seconds } });

  it('waits, not longer than it may', () => {
    assert.deepEqual(play(wait(2)), { parts: [{ type: 'wait', ms: 2000 }] });
    assert.deepEqual(play(wait('1.5')), { parts: [{ type: 'wait', ms: 1500 }] });
    assert.deepEqual(play(wait(3600)), { parts: [{ type: 'wait', ms: 10_000 }] });
    for (const none of [0, -1, 'soon', undefined, null]) assert.deepEqual(play(wait(none)), { parts: [] });
  });

  it('pauses: waits, and then wants to hear nothing', () => {
    assert.deepEqual(play({ ...wait(1), expectsDedicatedReply: true }), {
      parts: [{ type: 'wait', ms: 1000 }],
      due: { kind: 'reply', text: null },
    });
  });

  it('leads elsewhere by a link', () => {
    const redirect = (url: unknown) => play({ type: 'redirect', redirect: { url } }).parts;
    assert.deepEqual(redirect('https://x.example/a?b=1'), [
      { type: 'text', text: 'https://x.example/a?b=1', format: 'bbcode' },
    ]);
    assert.equal(redirect('mailto:a@b.example').length, 1);
    for (const none of ['javascript:alert(1)', 'data:text/html,x', '/path', '', undefined]) {
      assert.deepEqual(redirect(none), []);
    }
  });

  const script = (content: string) => ({
    type: 'setVariable',
    setVariable: { scriptToExecute: { content, args: [], isCode: true } },
    expectsDedicatedReply: true,
  });

  for (const [content, value] of [
    ['42', '42'],
    ['-1.5', '-1.5'],
    ['"Minsk"', 'Minsk'],
    ["  'Minsk' ;", 'Minsk'],
    ['return "Minsk";', 'Minsk'],
    ['`Minsk`', 'Minsk'],
    ['true', 'true'],
    ['new Date().getHours()', null],
    ['1+1', null],
    ['"a" + "b"', null],
    ['`${document.cookie}`', null],
    ['"a\\u0022 + alert(1)"', null],
    ['Minsk', null],
    ['""', null],
    ['', null],
  ] as const) {
    it(`sets a variable to ${JSON.stringify(value)} for ${JSON.stringify(content)}, and runs nothing`, () => {
      assert.deepEqual(play(script(content)), { parts: [], due: { kind: 'reply', text: value } });
    });
  }

  it('never makes a call, and says so in JSON', () => {
    const request = { url: 'http://127.0.0.1/admin', method: 'GET' };
    for (const type of ['httpRequestToExecute', 'webhookToExecute']) {
      const { parts, due } = play({ type, [type]: request, expectsDedicatedReply: true });
      assert.deepEqual(parts, []);
      assert.ok(due?.kind === 'reply' && due.text !== null);
      assert.deepEqual(JSON.parse(due.text), { statusCode: 500, data: 'not supported' });
    }
  });

  it('says nothing to a stream, nor to anything else that wants to hear something', () => {
    for (const type of ['stream', 'streamOpenAiChatCompletion', 'something-new']) {
      assert.deepEqual(play({ type, expectsDedicatedReply: true }), {
        parts: [],
        due: { kind: 'reply', text: null },
      });
    }
  });

  it('waits for a webhook', () => {
    const listen = { type: 'listenForWebhook', expectsDedicatedReply: true };
    assert.deepEqual(play(listen), { parts: [], due: { kind: 'webhook' } });
  });

  it('hands over by chatwoot, and leaves tracking and code alone', () => {
    const code = { scriptToExecute: { content: 'x()', args: [] } };
    assert.deepEqual(play({ type: 'chatwoot', chatwoot: code }), { parts: [], handover: true });
    for (const type of [
      'scriptToExecute',
      'codeToExecute',
      'googleAnalytics',
      'pixel',
      'startPropsToInject',
      'something-new',
    ]) {
      assert.deepEqual(play({ type, [type]: { content: 'x()' } }), { parts: [] });
    }
    for (const broken of [null, 'wait', 7, {}, []]) assert.deepEqual(play(broken), { parts: [] });
  });

  it('is understood as old releases wrote it', () => {
    assert.deepEqual(play({ wait: { secondsToWaitFor: 1 } }), { parts: [{ type: 'wait', ms: 1000 }] });
    assert.deepEqual(play({ setVariable: { scriptToExecute: { content: '7', args: [] } } }), {
      parts: [],
      due: { kind: 'reply', text: '7' },
    });
  });
});
