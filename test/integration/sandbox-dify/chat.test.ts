import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { manualClock } from '../../support/manual-clock';
import { at, callerOf, hear, readAnswer, readerOf, hearUntil, refusalIn, servers } from './support';

const start = servers();

describe('sandbox dify: chat messages', () => {
  it('streams each kind of app in its own order', async () => {
    const dify = await start();
    const orders = {
      chatbot: 'message message_end',
      agent: 'agent_thought agent_message message_end',
      'new-agent': 'agent_message message message_end',
      chatflow:
        'workflow_started node_started node_finished node_started message node_finished node_started node_finished message_end workflow_finished',
    };
    for (const [name, order] of Object.entries(orders)) {
      const heard = await callerOf(dify, name).stream();
      assert.equal(heard.names, order, name);
      assert.match(heard.type, /^text\/event-stream/);
      assert.equal(
        heard.events.every((event) => event['task_id'] === dify.runs.at(-1)?.taskId),
        true,
      );
    }
    const older = callerOf(dify, 'chatflow');
    older.app.endOrder = 'workflow-finished-first';
    assert.match((await older.stream()).names, /workflow_finished message_end$/);
  });

  it('closes a new agent with the whole text', async () => {
    const { stream } = callerOf(await start(), 'new-agent');
    const { events } = await stream();
    const deltas = events.filter(({ event }) => event === 'agent_message').map(({ answer }) => answer);
    assert.equal(events.find(({ event }) => event === 'message')?.['answer'], deltas.join(''));
  });

  it('opens a chatflow with a ping, which is no record', async () => {
    const { stream } = callerOf(await start(), 'chatflow');
    assert.match((await stream()).raw, /^event: ping\n\ndata: \{"/);
  });

  it('answers in one body when nothing else is asked for', async () => {
    const { app, post } = callerOf(await start(), 'chatflow');
    const { status, json } = await post('/chat-messages', { query: 'Hello', inputs: {} });
    assert.equal(status, 200);
    assert.equal(at(json, 'mode'), app.mode);
    assert.equal(at(json, 'answer'), 'You said: **Hello**');
    assert.equal(typeof at(json, 'metadata', 'usage', 'total_price'), 'string');
    assert.equal(typeof at(json, 'metadata', 'usage', 'total_tokens'), 'number');
  });

  it('refuses blocking from agents', async () => {
    const dify = await start();
    for (const name of ['agent', 'new-agent']) {
      const answer = await callerOf(dify, name).post('/chat-messages', { query: 'x', inputs: {} });
      assert.match(refusalIn(answer), /^400 bad_request/);
    }
  });

  it('checks what it is sent', async () => {
    const { post } = callerOf(await start(), 'chatbot');
    const refused = async (body: object): Promise<string> =>
      refusalIn(await post('/chat-messages', { query: 'x', inputs: {}, ...body }));
    assert.equal(await refused({ query: '' }), '400 invalid_param: query is required');
    assert.match(await refused({ inputs: null }), /^400 invalid_param: inputs/);
    assert.match(await refused({ inputs: [] }), /^400 invalid_param/);
    assert.match(await refused({ response_mode: 'fast' }), /^400 invalid_param/);
    assert.match(await refused({ auto_generate_name: 'no' }), /^400 invalid_param/);
    const badId = '400 invalid_param: conversation_id must be a valid UUID';
    assert.equal(await refused({ conversation_id: 'chat7' }), badId);
    assert.equal(await refused({ conversation_id: 7 }), badId);
    for (const conversation_id of ['', null, ' ']) {
      const { status } = await post('/chat-messages', { query: 'x', inputs: {}, conversation_id });
      assert.equal(status, 200);
    }
  });

  it('remembers its conversations, each of one user', async () => {
    const dify = await start();
    const ada = callerOf(dify, 'chatbot');
    const first = await ada.stream({ query: 'One' });
    const conversation_id = first.events[0]?.['conversation_id'];
    const second = await ada.stream({ query: 'Two', conversation_id });
    assert.match(second.text, /I remember 1 earlier message of ours/);
    assert.equal(dify.conversations.length, 1);
    const body = { query: 'x', inputs: {}, conversation_id };
    const gone = '404 not_found: Conversation Not Exists.';
    assert.equal(refusalIn(await callerOf(dify, 'chatbot', 'bob').post('/chat-messages', body)), gone);
    assert.equal(refusalIn(await callerOf(dify, 'chatflow').post('/chat-messages', body)), gone);
    const unknown = { ...body, conversation_id: randomUUID() };
    assert.equal(refusalIn(await ada.post('/chat-messages', unknown)), gone);
    const [conversation] = dify.conversations;
    assert.ok(conversation);
    conversation.status = 'completed';
    assert.match(refusalIn(await ada.post('/chat-messages', body)), /^400 conversation_completed/);
    conversation.deleted = true;
    assert.equal(refusalIn(await ada.post('/chat-messages', body)), gone);
  });

  it('tells a lost conversation in the ways of different releases', async () => {
    const dify = await start();
    const { app, post, open } = callerOf(dify, 'chatflow');
    const body = { query: 'x', inputs: {}, conversation_id: randomUUID(), response_mode: 'streaming' };
    app.lostConversation = 'not-found-with-appendix';
    assert.match(
      refusalIn(await post('/chat-messages', body)),
      /^404 not_found: Conversation Not Exists\. You have/,
    );
    app.lostConversation = 'error-event';
    const heard = await hear(await open('/chat-messages', body));
    assert.deepEqual([heard.status, heard.events[0]?.['message']], [200, 'Conversation Not Exists.']);
    app.lostConversation = 'pings-only';
    const reader = readerOf(await open('/chat-messages', body));
    assert.equal(await hearUntil(reader, (raw) => raw.endsWith('\n\n')), 'event: ping\n\n');
    dify.ping();
    assert.equal(await hearUntil(reader, (raw) => raw.endsWith('\n\n')), 'event: ping\n\n');
    await reader.cancel();
    assert.equal(dify.conversations.length, 0);
  });

  it('notices two runs of one conversation at the same time', async () => {
    const dify = await start();
    const { stream, open } = callerOf(dify, 'chatbot');
    const gate = dify.hold('chatbot', 'mid-stream');
    const body = { query: 'x', inputs: {}, response_mode: 'streaming' };
    const first = open('/chat-messages', body);
    await gate.arrived;
    const [conversation] = dify.conversations;
    assert.equal(conversation?.overlapped, false);
    await stream({ conversation_id: conversation?.id });
    assert.equal(conversation?.overlapped, true);
    gate.open();
    await hear(await first);
  });

  it('holds a run where the test says', async () => {
    const dify = await start();
    const { open } = callerOf(dify, 'chatflow');
    const body = { query: 'x', inputs: {}, response_mode: 'streaming' };
    const points = [
      ['before-first-byte', 0],
      ['mid-stream', 1],
      ['before-end', 3],
      ['between-ends', 3],
    ] as const;
    for (const [point, count] of points) {
      const gate = dify.hold('chatflow', point);
      const response = open('/chat-messages', body);
      await gate.arrived;
      const run = dify.runs.at(-1);
      assert.equal(run?.events.filter(({ event }) => event === 'message').length, count, point);
      assert.equal(
        run?.events.some(({ event }) => event === 'message_end'),
        point === 'between-ends',
      );
      gate.open();
      assert.equal((await hear(await response)).events.at(-1)?.event, 'workflow_finished');
    }
    const gate = dify.hold('chatflow', 'before-headers');
    const response = open('/chat-messages', body);
    await gate.arrived;
    assert.equal(dify.runs.length, 4);
    gate.open();
    assert.equal((await response).status, 200);
    await readAnswer(await response);
  });

  it('stops a run on request, and says yes to every request', async () => {
    const dify = await start();
    for (const name of ['chatbot', 'chatflow', 'workflow']) {
      const { open, app, post } = callerOf(dify, name);
      const gate = dify.hold(app, 'mid-stream');
      const isWorkflow = name === 'workflow';
      const path = isWorkflow ? '/workflows/run' : '/chat-messages';
      const stopPath = (task: string): string =>
        isWorkflow ? `/workflows/tasks/${task}/stop` : `/chat-messages/${task}/stop`;
      const response = open(path, { query: 'x', inputs: {}, response_mode: 'streaming' });
      await gate.arrived;
      const run = dify.runs.at(-1);
      assert.ok(run);
      assert.equal((await callerOf(dify, name, 'bob').post(stopPath(run.taskId))).status, 200);
      assert.equal(run.status, 'running');
      const answer = await post(stopPath(run.taskId));
      assert.deepEqual(answer.json, { result: 'success' });
      const heard = await hear(await response);
      assert.equal(run.status, 'stopped');
      assert.equal(
        heard.events.at(-1)?.event,
        isWorkflow || name === 'chatflow' ? 'workflow_finished' : 'message_end',
      );
      assert.deepEqual((await post(stopPath('unknown'))).json, { result: 'success' });
    }
  });

  it('goes on without who asked', async () => {
    const dify = await start();
    const { open } = callerOf(dify, 'chatbot');
    const gate = dify.hold('chatbot', 'mid-stream');
    const leaving = new AbortController();
    const body = JSON.stringify({ user: 'ada', query: 'x', inputs: {}, response_mode: 'streaming' });
    await open('/chat-messages', undefined, { body, signal: leaving.signal });
    await gate.arrived;
    leaving.abort();
    const call = await dify.waitForCall(({ endpoint, ended }) => endpoint === 'run' && ended);
    assert.equal(call.brokenOff, true);
    const run = dify.runs[0];
    assert.equal(run?.status, 'running');
    gate.open();
    await run?.ended;
    assert.equal(run?.status, 'succeeded');
    assert.equal(dify.messages[0]?.answer, 'You said: **x**');
  });

  it('limits the runs at one time', async () => {
    const dify = await start();
    const { app, open, post } = callerOf(dify, 'chatbot');
    app.maxActiveRequests = 1;
    const gate = dify.hold(app, 'before-end');
    const body = { query: 'x', inputs: {}, response_mode: 'streaming' };
    const first = open('/chat-messages', body);
    await gate.arrived;
    assert.match(refusalIn(await post('/chat-messages', body)), /^429 too_many_requests/);
    gate.open();
    await hear(await first);
    assert.equal((await post('/chat-messages', body)).status, 200);
  });

  it('runs a named version where the plan allows it', async () => {
    const dify = await start();
    const { app, post } = callerOf(dify, 'chatflow');
    const version = randomUUID();
    app.versions = [version];
    const run = (workflow_id: string): Promise<string> =>
      post('/chat-messages', { query: 'x', inputs: {}, workflow_id }).then(refusalIn);
    assert.match(await run(version), /^200/);
    assert.match(await run('draft'), /^400 bad_request/);
    assert.match(await run(randomUUID()), /^404 not_found: Workflow not found with id/);
    app.plan = 'sandbox';
    assert.match(await run(version), /^403 workflow_version_execution_not_allowed/);
  });

  it('runs a text generator', async () => {
    const dify = await start();
    const { open } = callerOf(dify, 'completion');
    const body = { inputs: {}, query: 'Write', response_mode: 'streaming' };
    const { names, events } = await hear(await open('/completion-messages', body));
    assert.equal(names, 'message message_end');
    assert.equal(events[0]?.['conversation_id'], undefined);
  });

  it('has something sensible to say to a person who tries it', async () => {
    const clock = manualClock();
    const dify = await start({ clock, pingMs: 0, paceMs: 50 });
    const { app, open, upload } = callerOf(dify, 'chatbot');
    app.form = [{ type: 'paragraph', variable: 'CITY' }];
    const file = await upload('/files/upload', new Blob(['x'], { type: 'image/png' }), 'cat.png');
    const files = [{ type: 'image', transfer_method: 'local_file', upload_file_id: at(file.json, 'id') }];
    const response = await open('/chat-messages', {
      query: 'Hi',
      inputs: { CITY: 'Omsk' },
      files,
      response_mode: 'streaming',
    });
    const reader = readerOf(response);
    const first = await hearUntil(reader, (raw) => raw.endsWith('\n\n'));
    assert.match(first, /"answer":"You"/);
    const run = dify.runs[0];
    while (run?.finishedAt === undefined) await clock.advance(50);
    assert.equal(
      dify.messages[0]?.answer,
      'You said: **Hi**\n\nYou sent: *cat.png*\n\nI was told:\n- `CITY`: Omsk',
    );
    await reader.cancel();
  });
});
