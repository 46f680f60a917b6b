import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { manualClock } from '../../support/manual-clock';
import {
  at,
  callerOf,
  hear,
  hearUntil,
  readerOf,
  refusalIn,
  servers,
  type Caller,
  type Heard,
} from './support';

const start = servers();
const streaming = { query: 'x', inputs: {}, response_mode: 'streaming' };

async function comeBack(caller: Caller, runId: string, query: Record<string, string> = {}): Promise<Heard> {
  return hear(await eventsOf(caller, runId, query));
}

function eventsOf(caller: Caller, runId: string, query: Record<string, string> = {}): Promise<Response> {
  const search = new URLSearchParams({ user: caller.user, ...query });
  return caller.open(`/workflow/${runId}/events?${search.toString()}`, undefined, { method: 'GET' });
}

describe('sandbox dify: workflows', () => {
  it('streams a run', async () => {
    const { stream } = callerOf(await start(), 'workflow');
    const { names, events } = await stream();
    assert.match(names, /^workflow_started .*text_chunk .*workflow_finished$/);
    const text = events
      .filter(({ event }) => event === 'text_chunk')
      .map((chunk) => at(chunk, 'data', 'text'));
    assert.deepEqual(at(events.at(-1), 'data', 'outputs'), { result: text.join('') });
    assert.equal(at(events[0], 'workflow_run_id'), at(events[0], 'data', 'id'));
  });

  it('answers in one body, also when the run failed', async () => {
    const dify = await start();
    const { post } = callerOf(dify, 'workflow');
    const good = await post('/workflows/run', { inputs: {} });
    assert.equal(at(good.json, 'data', 'status'), 'succeeded');
    dify.script('workflow', 'failed-node');
    const { status, json } = await post('/workflows/run', { inputs: {} });
    assert.deepEqual(
      [status, at(json, 'data', 'status'), at(json, 'data', 'outputs')],
      [200, 'failed', null],
    );
    assert.match(String(at(json, 'data', 'error')), /no such model/);
  });

  it('tells the result of a run later', async () => {
    const dify = await start();
    const { app, post, get } = callerOf(dify, 'workflow');
    app.form = [{ type: 'paragraph', variable: 'A' }];
    const { json } = await post('/workflows/run', { inputs: { A: 'a' } });
    const id = String(at(json, 'workflow_run_id'));
    const result = await get(`/workflows/run/${id}`);
    assert.equal(at(result.json, 'inputs'), '{"A":"a"}');
    assert.equal(at(result.json, 'status'), 'succeeded');
    assert.equal(typeof at(result.json, 'outputs', 'result'), 'string');
    assert.match(refusalIn(await get(`/workflows/run/${randomUUID()}`)), /^404 not_found/);
    assert.match(
      refusalIn(await callerOf(dify, 'chatflow').get(`/workflows/run/${id}`)),
      /^400 not_workflow_app/,
    );
    const logs = await get('/workflows/logs', { status: 'succeeded' });
    assert.deepEqual([at(logs.json, 'total'), at(logs.json, 'data', 0, 'id')], [1, id]);
    assert.equal(at((await get('/workflows/logs', { status: 'failed' })).json, 'total'), 0);
  });

  it('runs a version by its address', async () => {
    const { app, post } = callerOf(await start(), 'workflow');
    app.versions = [randomUUID()];
    assert.equal((await post(`/workflows/${String(app.versions[0])}/run`, { inputs: {} })).status, 200);
    assert.match(refusalIn(await post('/workflows/draft/run', { inputs: {} })), /^400 bad_request/);
    assert.match(refusalIn(await post(`/workflows/${randomUUID()}/run`, { inputs: {} })), /^404/);
  });
});

describe('sandbox dify: coming back to a run', () => {
  it('goes on where it was cut, once somebody is there', async () => {
    const dify = await start();
    for (const name of ['chatflow', 'workflow']) {
      const caller = callerOf(dify, name);
      dify.script(name, 'cut-and-waiting');
      const cut = await caller.stream({ query: 'One two three' });
      assert.equal(cut.end, 'broken');
      const run = dify.runs.at(-1);
      assert.ok(run);
      assert.equal(run.status, 'running');
      const rest = await comeBack(caller, run.id);
      assert.equal(rest.end, 'closed');
      assert.deepEqual([...cut.events, ...rest.events], run.events);
    }
  });

  it('tells everything again where the release does so', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    caller.app.eventsReplay = 'from-start';
    dify.script('chatflow', 'cut-and-waiting');
    await caller.stream();
    const run = dify.runs[0];
    assert.ok(run);
    assert.deepEqual((await comeBack(caller, run.id)).events, run.events);
  });

  it('gives a snapshot of the nodes, without the text', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'cut-and-waiting');
    await caller.stream();
    const again = await comeBack(caller, dify.runs[0]?.id ?? '', { include_state_snapshot: 'true' });
    assert.match(again.names, /^workflow_started node_started node_finished node_started message/);
    assert.equal(again.text, ' said: **Hello**');
  });

  it('gives a finished run its last event only', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'cut-and-finished');
    assert.equal((await caller.stream()).end, 'broken');
    await dify.runs[0]?.ended;
    const again = await comeBack(caller, dify.runs[0]?.id ?? '');
    assert.equal(again.names, 'workflow_finished');
    assert.deepEqual(at(again.events[0], 'data', 'outputs'), { answer: 'You said: **Hello**' });
  });

  it('lets go at workflow_finished, also where message_end is still to come', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    caller.app.endOrder = 'workflow-finished-first';
    dify.script('chatflow', 'cut-and-waiting');
    await caller.stream();
    assert.match((await comeBack(caller, dify.runs[0]?.id ?? '')).names, /workflow_finished$/);
    assert.equal(dify.runs[0]?.events.at(-1)?.event, 'message_end');
  });

  it('tells an end that the stream left out', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'end-untold');
    const { events } = await caller.stream();
    const again = await comeBack(caller, String(events[0]?.['workflow_run_id']));
    assert.equal(again.names, 'workflow_finished');
    await caller.stream({ conversation_id: dify.conversations[0]?.id });
    assert.equal(dify.conversations[0]?.overlapped, false);
  });

  it('knows whose run it is', async () => {
    const dify = await start();
    const ada = callerOf(dify, 'chatflow');
    const id = String((await ada.stream()).events[0]?.['workflow_run_id']);
    const path = `/workflow/${id}/events`;
    assert.equal(
      refusalIn(await callerOf(dify, 'chatflow', 'bob').get(path)),
      '404 not_found: Workflow run not found',
    );
    assert.match(refusalIn(await callerOf(dify, 'workflow').get(path)), /^404/);
    assert.match(refusalIn(await callerOf(dify, 'chatbot').get(path)), /^400 not_workflow_app/);
    ada.app.eventsEndpoint = false;
    assert.match(refusalIn(await ada.get(path)), /^404 not_found: The requested URL/);
  });
});

describe('sandbox dify: asking a person', () => {
  async function pausedRun(caller: Caller): Promise<{ token: string; runId: string; heard: Heard }> {
    const heard = await caller.stream();
    const asked = heard.events.find(({ event }) => event === 'human_input_required');
    return {
      heard,
      token: String(at(asked, 'data', 'form_token')),
      runId: String(asked?.['workflow_run_id']),
    };
  }

  it('pauses, takes the answer and goes on', async () => {
    const dify = await start();
    for (const name of ['chatflow', 'workflow']) {
      const caller = callerOf(dify, name);
      dify.script(name, 'paused-with-text');
      const { heard, token, runId } = await pausedRun(caller);
      assert.match(heard.names, /human_input_required workflow_paused$/);
      assert.equal(heard.end, 'closed');
      const form = `/form/human_input/${token}`;
      const shown = await caller.get(form);
      assert.equal(at(shown.json, 'user_actions', 0, 'id'), 'approve');
      assert.equal(at(shown.json, 'inputs', 0, 'output_variable_name'), 'comment');
      assert.match(
        refusalIn(await caller.post(form, { inputs: {}, action: 'approve' })),
        /^400 invalid_form_data: Missing required inputs: comment/,
      );
      assert.match(
        refusalIn(await caller.post(form, { inputs: { comment: 'x' }, action: 'dance' })),
        /^400 invalid_form_data/,
      );
      assert.match(refusalIn(await caller.post(form, { action: 'approve' })), /^400 bad_request/);
      const answer = await caller.post(form, { inputs: { comment: 'fine' }, action: 'approve' });
      assert.deepEqual([answer.status, answer.json], [200, {}]);
      assert.match(
        refusalIn(await caller.post(form, { inputs: { comment: 'x' }, action: 'reject' })),
        /^412 human_input_form_submitted/,
      );
      const rest = await comeBack(caller, runId);
      assert.match(rest.names, /^workflow_started human_input_form_filled .*workflow_finished$/);
      assert.deepEqual(at(rest.events[1], 'data', 'submitted_data'), { comment: 'fine' });
      assert.equal(dify.runs.at(-1)?.status, 'succeeded');
      assert.deepEqual(dify.forms.at(-1)?.submission?.inputs, { comment: 'fine' });
    }
  });

  it('checks every field of a form', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'workflow');
    dify.script('workflow', 'paused-with-fields');
    const { token } = await pausedRun(caller);
    const submit = (inputs: object): Promise<string> =>
      caller.post(`/form/human_input/${token}`, { inputs, action: 'reject' }).then(refusalIn);
    const good = { comment: 'x', priority: 'low', scan: { type: 'image' } };
    assert.match(await submit({ ...good, priority: 'odd' }), /^400 invalid_form_data/);
    assert.match(await submit({ ...good, scan: 'a.png' }), /^400 invalid_form_data/);
    assert.match(await submit(good), /^200/);
  });

  it('lets a form expire', async () => {
    const clock = manualClock(1_800_000_000_000);
    const dify = await start({ clock, pingMs: 0 });
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', { like: 'paused', form: { expiresInSeconds: 60 } });
    const { token, runId } = await pausedRun(caller);
    await clock.advance(60_000);
    const late = await caller.post(`/form/human_input/${token}`, { inputs: {}, action: 'approve' });
    assert.match(refusalIn(late), /^412 human_input_form_expired/);
    const [form] = dify.forms;
    assert.ok(form);
    dify.expireForm(form);
    assert.match((await comeBack(caller, runId)).names, /^workflow_started human_input_form_timeout message/);
  });

  it('does not show a form that went out by e-mail', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'paused-by-email');
    assert.equal((await pausedRun(caller)).token, 'null');
    assert.equal((await caller.get(`/form/human_input/${String(dify.forms[0]?.token)}`)).status, 404);
    dify.script('chatflow', 'paused');
    const { token } = await pausedRun(caller);
    assert.equal((await callerOf(dify, 'workflow').get(`/form/human_input/${token}`)).status, 404);
  });

  it('asks twice, and may keep the stream between', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'paused-twice');
    const { runId } = await pausedRun(caller);
    const reader = readerOf(await eventsOf(caller, runId, { continue_on_pause: 'true' }));
    const answerLast = (): Promise<unknown> =>
      caller.post(`/form/human_input/${String(dify.forms.at(-1)?.token)}`, { inputs: {}, action: 'approve' });
    await answerLast();
    await hearUntil(reader, (raw) => raw.includes('workflow_paused'));
    assert.equal(dify.forms.at(-1)?.content, 'Second question?');
    await answerLast();
    await hearUntil(reader, (raw) => raw.includes('workflow_finished'));
    assert.equal(dify.runs[0]?.status, 'succeeded');
  });

  it('may be over before anybody listens again', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'paused-quick');
    const { token, runId } = await pausedRun(caller);
    await caller.post(`/form/human_input/${token}`, { inputs: {}, action: 'approve' });
    await dify.runs[0]?.ended;
    assert.equal((await comeBack(caller, runId)).names, 'workflow_finished');
  });

  it('says in one body that it paused', async () => {
    const dify = await start();
    dify.script('chatflow', 'paused');
    const chat = await callerOf(dify, 'chatflow').post('/chat-messages', {
      ...streaming,
      response_mode: 'blocking',
    });
    assert.deepEqual([at(chat.json, 'status'), at(chat.json, 'answer')], ['paused', 'You']);
    assert.equal(at(chat.json, 'reasons', 0, 'form_token'), dify.forms[0]?.token);
    dify.script('workflow', 'paused');
    const run = await callerOf(dify, 'workflow').post('/workflows/run', { inputs: {} });
    assert.equal(at(run.json, 'data', 'status'), 'paused');
    assert.equal(at(run.json, 'data', 'reasons', 0, 'form_token'), dify.forms[1]?.token);
  });

  it('can be stopped while it waits', async () => {
    const dify = await start();
    const caller = callerOf(dify, 'chatflow');
    dify.script('chatflow', 'paused');
    await pausedRun(caller);
    await caller.post(`/chat-messages/${String(dify.runs[0]?.taskId)}/stop`);
    await dify.runs[0]?.ended;
    assert.equal(dify.runs[0]?.status, 'stopped');
  });
});
