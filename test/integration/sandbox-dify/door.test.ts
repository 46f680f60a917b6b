import assert from 'node:assert/strict';
import { at, callerOf, readAnswer, refusalIn, servers } from './support';

const start = servers();

describe('sandbox dify: the door', () => {
  it('tells the ways in which a key is wrong', async () => {
    const dify = await start();
    const info = async (headers: Record<string, string>): Promise<string> =>
      refusalIn(await readAnswer(await fetch(`${dify.baseUrl}/info`, { headers })));
    const missing = "401 unauthorized: Authorization header must be provided and start with 'Bearer'";
    assert.equal(await info({}), missing);
    assert.equal(await info({ Authorization: dify.app('chatbot').key }), missing);
    assert.equal(
      await info({ Authorization: `Basic ${dify.app('chatbot').key}` }),
      "401 unauthorized: Authorization scheme must be 'Bearer'",
    );
    assert.equal(
      await info({ Authorization: 'Bearer app-unknown' }),
      '401 unauthorized: Access token is invalid',
    );
    const response = await fetch(`${dify.baseUrl}/info`);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="api"');
  });

  it('turns away apps that are gone, switched off or archived', async () => {
    const dify = await start();
    const { app, get } = callerOf(dify, 'chatbot');
    const reasons = {
      deleted: 'The app no longer exists.',
      abnormal: "The app's status is abnormal.",
      'api-disabled': "The app's API service has been disabled.",
      'workspace-archived': "The workspace's status is archived.",
    } as const;
    for (const [state, message] of Object.entries(reasons)) {
      Object.assign(app, { state });
      assert.equal(refusalIn(await get('/info')), `403 forbidden: ${message}`);
    }
  });

  it('looks at the key before the body', async () => {
    const dify = await start();
    const response = await fetch(`${dify.baseUrl}/chat-messages`, { method: 'POST', body: 'no JSON' });
    assert.equal(response.status, 401);
  });

  it('knows its addresses and methods only', async () => {
    const { get, post } = callerOf(await start(), 'chatbot');
    assert.match(refusalIn(await get('/no-such-thing')), /^404 not_found/);
    assert.match(refusalIn(await get('/chat-messages')), /^405 method_not_allowed/);
    assert.match(refusalIn(await post('/workflow/x/events')), /^405/);
  });

  it('takes JSON as JSON only', async () => {
    const own = callerOf(await start(), 'chatbot');
    const Authorization = `Bearer ${own.app.key}`;
    const asText = await own.open(
      '/chat-messages',
      {},
      { headers: { Authorization, 'Content-Type': 'text/plain' } },
    );
    assert.match(refusalIn(await readAnswer(asText)), /^415 unsupported_media_type/);
    const broken = await own.open('/chat-messages', undefined, { body: '{"query"' });
    assert.match(refusalIn(await readAnswer(broken)), /^400 bad_request: Invalid JSON payload/);
    const list = await own.open('/chat-messages', undefined, { body: '[]' });
    assert.match(refusalIn(await readAnswer(list)), /^400 bad_request/);
  });

  it('wants a user wherever one is scoped', async () => {
    const { post, get, upload } = callerOf(await start(), 'chatbot', '');
    const wanted = '400 invalid_param: Arg user must be provided.';
    assert.equal(refusalIn(await post('/chat-messages', { query: 'x', inputs: {} })), wanted);
    assert.equal(refusalIn(await post('/chat-messages/t/stop')), wanted);
    assert.equal(refusalIn(await get('/messages')), wanted);
    assert.equal(refusalIn(await upload('/files/upload', new Blob(['x'], { type: 'image/png' }))), wanted);
    const long = callerOf(await start(), 'chatbot', 'u'.repeat(256));
    assert.match(refusalIn(await long.get('/conversations')), /^400 invalid_param/);
  });

  it('says its version, or not', async () => {
    const { get } = callerOf(await start(), 'chatbot');
    assert.equal((await get('/info')).headers.get('x-version'), '1.14.0');
    const silent = callerOf(await start({ version: '' }), 'chatbot');
    assert.equal((await silent.get('/info')).headers.get('x-version'), null);
  });

  it('records each call without secrets', async () => {
    const dify = await start();
    const { app, post, get } = callerOf(dify, 'chatbot');
    await post('/chat-messages', {
      query: `my key is ${app.key}`,
      inputs: { access_token: 'very-secret', CITY: 'Omsk', count: 3 },
    });
    await get('/messages', { conversation_id: app.key });
    const [call, second] = dify.calls;
    assert.deepEqual(at(call, 'body', 'inputs'), { access_token: '***', CITY: 'Omsk', count: 3 });
    assert.deepEqual([call?.endpoint, call?.app, call?.user, call?.status], ['run', 'chatbot', 'ada', 200]);
    assert.equal(second?.error, 'invalid_param');
    const shown = JSON.stringify(dify.calls);
    assert.equal(shown.includes(app.key) || shown.includes('very-secret'), false);
  });
});

describe('sandbox dify: what an app is', () => {
  it('tells its kind and its form', async () => {
    const dify = await start({
      apps: [
        {
          name: 'shop',
          mode: 'advanced-chat',
          openingStatement: 'Hello!',
          suggestedAfterAnswer: ['More?'],
          form: [
            { type: 'text-input', variable: 'CITY', required: true },
            { type: 'select', variable: 'lang', options: ['en', 'ru'] },
          ],
        },
      ],
    });
    const { app, get } = callerOf(dify, 'shop');
    assert.equal(at((await get('/info')).json, 'mode'), 'advanced-chat');
    const { json } = await get('/parameters');
    assert.equal(at(json, 'opening_statement'), 'Hello!');
    assert.deepEqual(at(json, 'suggested_questions_after_answer'), { enabled: true });
    assert.deepEqual(at(json, 'user_input_form', 0, 'text-input', 'max_length'), 48);
    assert.deepEqual(at(json, 'user_input_form', 1, 'select', 'options'), ['en', 'ru']);
    assert.equal(at(json, 'file_upload', 'number_limits'), 3);
    assert.equal(at(json, 'system_parameters', 'image_file_size_limit'), 10);
    app.infoTellsMode = false;
    assert.equal(at((await get('/info')).json, 'mode'), undefined);
    assert.equal((await get('/meta')).status, 200);
    assert.equal((await get('/site')).status, 200);
    app.hasSite = false;
    assert.equal((await get('/site')).status, 403);
  });

  it('keeps quiet about what a workflow has not', async () => {
    const { get } = callerOf(await start(), 'workflow');
    assert.equal(at((await get('/parameters')).json, 'opening_statement'), undefined);
  });

  it('refuses an app that was never published', async () => {
    const dify = await start();
    for (const [name, code] of [
      ['chatflow', 'app_unavailable'],
      ['workflow', 'app_unavailable'],
      ['new-agent', 'agent_not_published'],
    ] as const) {
      const { app, get } = callerOf(dify, name);
      app.published = false;
      assert.equal(at((await get('/parameters')).json, 'code'), code);
    }
    const run = await callerOf(dify, 'workflow').post('/workflows/run', { inputs: {} });
    assert.equal(refusalIn(run), '400 invalid_param: Workflow not published');
    const agent = await callerOf(dify, 'new-agent').post('/chat-messages', {
      query: 'x',
      inputs: {},
      response_mode: 'streaming',
    });
    assert.match(refusalIn(agent), /^400 agent_not_published/);
  });

  it('tells a key of the wrong kind of app', async () => {
    const dify = await start();
    const advice = 'Please check if your app mode matches the right API route.';
    for (const name of ['workflow', 'completion']) {
      const answer = await callerOf(dify, name).post('/chat-messages', { query: 'x', inputs: {} });
      assert.equal(refusalIn(answer), `400 not_chat_app: ${advice}`);
    }
    for (const name of ['chatbot', 'chatflow', 'agent', 'new-agent', 'completion']) {
      const answer = await callerOf(dify, name).post('/workflows/run', { inputs: {} });
      assert.equal(refusalIn(answer), `400 not_workflow_app: ${advice}`);
    }
    const answer = await callerOf(dify, 'chatbot').post('/completion-messages', { inputs: {} });
    assert.equal(refusalIn(answer), `400 not_completion_app: ${advice}`);
  });
});
