import assert from 'node:assert/strict';
import { event, scenarioNames, type ScenarioName } from '../../../sandbox/dify';
import { isMap } from '../../../sandbox/shared/params';
import { until } from '../../support/until';
import { asked, callerOf, hearUntil, nameOf, readerOf, refusalIn, servers, type Heard } from './support';

const start = servers();

/** Without what every flow has: its nodes. */
function seen({ events, text, end }: Heard): string {
  const names = events.map(({ event: name }) => name).filter((name) => !name.startsWith('node_'));
  const outline = names.filter((name, index) => name !== names[index - 1]).join(' ');
  return `${outline || 'nothing'} | ${text || 'no text'} | ${end}`;
}

const usual = 'You said: **Hello**';
const script = 'Привет, 世界! Grüße 👋🏽 и до встречи.';
const whole = 'workflow_started message message_end workflow_finished';

/** What a chatflow's stream looks like to who reads it to its end. */
const streamsThatEnd = {
  plain: `${whole} | ${usual} | closed`,
  'message-end-first': `${whole} | ${usual} | closed`,
  'workflow-finished-first': `workflow_started message workflow_finished message_end | ${usual} | closed`,
  'message-replace': `workflow_started message message_replace message_end workflow_finished | ${usual} | closed`,
  'closing-message': `${whole} | Hello there | closed`,
  'message-file': `workflow_started message message_file message message_file message_end workflow_finished | ${usual} | closed`,
  'output-files': `workflow_started message message_file message_end workflow_finished | ${usual} | closed`,
  thinking: `${whole} | <think>\nThe person greets, so I do.\n</think>\n\nHello! | closed`,
  citations: `${whole} | It is in the handbook. | closed`,
  speech: `workflow_started message tts_message tts_message_end message_end workflow_finished | ${usual} | closed`,
  'every-output': `${whole} | ${usual} | closed`,
  'no-text': 'workflow_started message_end workflow_finished | no text | closed',
  'empty-outputs': 'workflow_started message_end workflow_finished | no text | closed',
  'null-outputs': 'workflow_started message_end workflow_finished | no text | closed',
  'partial-success': `${whole} | ${usual} | closed`,
  'failed-node': 'workflow_started message workflow_finished error | Some text came | closed',
  'error-mid-stream': `workflow_started message error | ${usual} | closed`,
  'stopped-by-server': `${whole} | ${usual} | closed`,
  'split-utf8': `${whole} | ${script} | closed`,
  crlf: `${whole} | ${script} | closed`,
  'crlf-split': `${whole} | ${script} | closed`,
  cr: `${whole} | ${script} | closed`,
  'no-space': `${whole} | ${usual} | closed`,
  'several-data-lines': `${whole} | ${usual} | closed`,
  comments: `${whole} | ${usual} | closed`,
  'byte-order-mark': `${whole} | ${usual} | closed`,
  pings: `${whole} | ${usual} | closed`,
  'broken-record': `${whole} | ${usual} | closed`,
  'done-marker': `${whole} | ${usual} | closed`,
  'started-missing': `message message_end workflow_finished | ${usual} | closed`,
  'stream-answer': `${whole} | ${usual} | closed`,
  'error-first': 'error | no text | closed',
  'conversation-lost-in-stream': 'error | no text | closed',
  'end-untold': `workflow_started message | ${usual} | closed`,
  'empty-stream': 'nothing | no text | closed',
  'large-node': `${whole} | ${usual} | closed`,
  paused: 'workflow_started message human_input_required workflow_paused | You | closed',
  'paused-quick': 'workflow_started message human_input_required workflow_paused | You | closed',
  'paused-by-email': 'workflow_started message human_input_required workflow_paused | You | closed',
  'paused-with-text': 'workflow_started message human_input_required workflow_paused | You | closed',
  'paused-with-fields': 'workflow_started message human_input_required workflow_paused | You | closed',
  'paused-twice': 'workflow_started message human_input_required workflow_paused | You | closed',
  'cut-and-waiting': 'workflow_started message | You | broken',
  'cut-and-finished': 'workflow_started message | You | broken',
} satisfies Partial<Record<ScenarioName, string>>;

const answers = {
  'bad-request': '400 invalid_param: CITY is required in input form',
  'input-too-long': '400 invalid_param: CITY in input form must be less than 48 characters',
  'model-missing': '400 provider_not_initialize: No valid model provider credentials found.',
  'model-quota': '400 provider_quota_exceeded: Your model provider quota is used up.',
  'model-failed': '400 completion_request_error: Completion request failed.',
  unauthorized: '401 unauthorized: Access token is invalid',
  forbidden: "403 forbidden: The app's API service has been disabled.",
  'conversation-lost': '404 not_found: Conversation Not Exists.',
  'conversation-lost-with-appendix':
    '404 not_found: Conversation Not Exists. You have requested this URI [/v1/chat-messages] but did you mean /v1/chat-messages or /v1/messages ?',
  'conversation-completed':
    '400 conversation_completed: The conversation has ended. Please start a new conversation.',
  'too-large': '413 file_too_large: ',
  busy: '429 too_many_requests: Too many requests. Please try again later.',
  'busy-with-retry-after': '429 too_many_requests: Too many requests. Please try again later.',
  'quota-used-up': '429 rate_limit_error: Rate limit exceeded.',
  'server-error': '500 internal_server_error: The server encountered an internal error.',
} satisfies Partial<Record<ScenarioName, string>>;

/** Status, media type, how the body begins, and whether a run was started all the same. */
const bodies = {
  'bad-gateway': '502 text/html <html> 0',
  unavailable: '503 text/html <html> 0',
  'gateway-timeout': '504 text/html <html> 1',
  'edge-timeout': '524 text/html <html> 1',
  'html-page': '200 text/html <!DOCT 0',
  redirect: '301 application/json  0',
  'redirect-keeping-method': '308 application/json  0',
  'broken-json': '200 application/json {"even 0',
  'empty-body': '200 application/json  0',
  'json-answer': '200 application/json {"even 1',
} satisfies Partial<Record<ScenarioName, string>>;

/** Each has a test of its own below. */
const shownBelow: readonly ScenarioName[] = [
  'markdown-image',
  'many-events',
  'unknown-events',
  'long-answer',
  'one-byte-a-second',
  'slow-title',
  'pings-only',
  'half-open',
  'message-end-lost',
  'workflow-finished-lost',
  'end-lost',
  'pause-lost',
  'never-ends',
  'endless-record',
  'gzip-bomb-stream',
  'reset',
  'answer-lost',
  'no-answer',
  'huge-body',
  'gzip-bomb',
];

describe('sandbox dify: scenarios', () => {
  it('are all shown here', () => {
    const shown = [
      ...Object.keys(streamsThatEnd),
      ...Object.keys(answers),
      ...Object.keys(bodies),
      ...shownBelow,
    ];
    assert.deepEqual(shown.sort(), [...scenarioNames].sort());
  });

  for (const [name, expected] of Object.entries(streamsThatEnd))
    it(`streams ${name}`, async () => {
      const dify = await start();
      dify.script('chatflow', { like: nameOf(name) });
      const heard = await callerOf(dify, 'chatflow').stream();
      assert.equal(heard.status, 200);
      assert.equal(seen(heard), expected);
      assert.equal(dify.calls[0]?.scenario, name);
    });

  it('answers in place of a run', async () => {
    const dify = await start();
    const { post } = callerOf(dify, 'chatbot');
    for (const [name, expected] of Object.entries(answers)) {
      dify.script('chatbot', nameOf(name));
      const answer = await post('/chat-messages', asked);
      assert.equal(refusalIn(answer), expected);
      assert.equal(answer.headers.get('retry-after'), name === 'busy-with-retry-after' ? '2' : null);
    }
    assert.equal(dify.runs.length, 0);
  });

  it('answers with what is no envelope', async () => {
    for (const [name, expected] of Object.entries(bodies)) {
      const dify = await start();
      dify.script('chatbot', nameOf(name));
      const { status, headers, text } = await callerOf(dify, 'chatbot').post('/chat-messages', asked);
      const type = headers.get('content-type')?.split(';')[0] ?? '';
      assert.equal(`${status} ${type} ${text.trimStart().slice(0, 6).trim()} ${dify.runs.length}`, expected);
      assert.equal(headers.get('location'), name.startsWith('redirect') ? '/v1/redirected' : null);
    }
  });

  it('waits for a form of which who listens hears nothing', async () => {
    const dify = await start();
    dify.script('workflow', 'pause-lost');
    const { open, get } = callerOf(dify, 'workflow');
    const reader = readerOf(await open('/workflows/run', asked));
    await until(() => dify.runs[0]?.status === 'paused', 'the pause');
    dify.ping();
    const raw = await hearUntil(reader, (so) => so.includes('event: ping\n\n', so.indexOf('text_chunk')));
    assert.ok(!raw.includes('human_input_required') && !raw.includes('workflow_paused'));
    const { json } = await get(`/workflows/run/${String(dify.runs[0]?.id)}`);
    assert.equal(isMap(json) && json['status'], 'paused');
    await reader.cancel();
  });

  it('plays them in order, one a call, and then as usual', async () => {
    const dify = await start();
    const { post } = callerOf(dify, 'chatbot');
    dify.script('chatbot', 'busy', 'server-error');
    dify.script('chatflow', 'forbidden');
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await post('/chat-messages', asked)).status);
    assert.deepEqual(statuses, [429, 500, 200]);
    dify.always('chatbot', 'unavailable');
    assert.equal((await post('/chat-messages', asked)).status, 503);
    assert.equal((await post('/chat-messages', asked)).status, 503);
    dify.always('chatbot', undefined);
    assert.equal((await post('/chat-messages', asked)).status, 200);
    assert.equal((await callerOf(dify, 'chatflow').post('/chat-messages', asked)).status, 403);
  });

  it('are not used up by calls that the server refuses anyway', async () => {
    const dify = await start();
    const { post } = callerOf(dify, 'chatbot');
    dify.script('chatbot', 'busy');
    assert.equal((await post('/chat-messages', { ...asked, query: '' })).status, 400);
    assert.equal((await post('/chat-messages', asked)).status, 429);
  });

  it('fit other endpoints as far as that makes sense', async () => {
    const dify = await start();
    const { get, upload } = callerOf(dify, 'chatbot');
    dify.script('chatbot', { like: 'too-large', on: 'upload' }, { like: 'html-page', on: 'parameters' });
    const file = new Blob(['x'], { type: 'image/png' });
    assert.equal((await upload('/files/upload', file)).status, 413);
    assert.match((await get('/parameters')).text, /^<!DOCTYPE/);
    assert.equal((await upload('/files/upload', file)).status, 201);
    assert.throws(
      () => dify.script('chatbot', { like: 'thinking', on: 'upload' }),
      /thinking cannot be played on upload/,
    );
    assert.throws(() => dify.script('nobody', 'plain'), /no app named nobody/);
  });

  it('build on each other', async () => {
    const dify = await start();
    dify.script('chatflow', { like: 'workflow-finished-first', answer: 'Short.', wire: { newline: '\r\n' } });
    const heard = await callerOf(dify, 'chatflow').stream();
    assert.equal(seen(heard), 'workflow_started message workflow_finished message_end | Short. | closed');
    assert.match(heard.raw, /\r\n\r\n$/);
  });

  it('take an answer, steps or events of the test', async () => {
    const dify = await start();
    dify.script(
      'chatbot',
      { answer: { pieces: ['a', 'b'] } },
      { steps: () => [event('message', { answer: 'mine' }), event('message_end')] },
      { answer: (answer) => ({ ...answer, pieces: [...answer.pieces, '!'] }) },
    );
    const { stream } = callerOf(dify, 'chatbot');
    assert.equal((await stream()).text, 'ab');
    assert.equal((await stream()).text, 'mine');
    assert.equal((await stream()).text, `${usual}!`);
  });
});
