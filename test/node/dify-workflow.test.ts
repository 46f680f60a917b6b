import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { until } from '../support/until';
import { fromDialog, useDifyScene } from './dify-scene';

describe('dify-workflow', () => {
  const scene = useDifyScene(
    'dify-workflow',
    [registerApp, registerWorkflow],
    [
      { name: 'workflow', mode: 'workflow' },
      { name: 'chatflow', mode: 'advanced-chat' },
      {
        name: 'asks',
        mode: 'workflow',
        form: [
          { type: 'paragraph', variable: 'query', required: true },
          { type: 'text-input', variable: 'CITY' },
        ],
      },
    ],
  );
  const outputs = { title: 'Weather', body: 'It **rains**.', score: 3 };

  it('answers with all outputs of one run, and tells the run', async () => {
    await scene.deploy({});
    scene.dify.script('workflow', { answer: { outputs } });
    const out = await scene.ask({ ...fromDialog('chat1', 'hi'), keep: 'me' });
    for (const name of ['title', 'Weather', 'body', 'It **rains**.', 'score', '3']) {
      assert.ok(String(out.payload).includes(name), name);
    }
    assert.equal(out.keep, 'me');
    assert.deepEqual(at(out, 'dify', 'outputs'), outputs);
    assert.ok(textAt(out, 'dify', 'workflowRunId'));
    assert.ok(textAt(out, 'dify', 'taskId'));
    assert.equal(out.session, undefined);
    assert.equal(scene.dify.runs.at(-1)?.turn.user, 'member-1:7:chat1');
  });

  it('answers with the one output that is chosen', async () => {
    await scene.deploy({ output: 'body' });
    scene.dify.script('workflow', { answer: { outputs } });
    const out = await scene.ask(fromDialog('chat1', 'hi'));
    assert.equal(out.payload, 'It **rains**.');
    assert.equal(entriesAt(out, 'parts').length, 1);
  });

  it('says the chosen text when the chosen output is not there', async () => {
    await scene.deploy({ output: 'summary', emptyText: 'Nothing to say.' });
    scene.dify.script('workflow', { answer: { outputs } });
    assert.equal((await scene.ask(fromDialog('chat1', 'hi'))).payload, 'Nothing to say.');
  });

  it('gives the question to a workflow that declares a variable for it', async () => {
    await scene.deploy({}, { app: 'asks' });
    await scene.ask({ ...fromDialog('chat1', 'What now?'), inputs: { CITY: 'Omsk' } });
    assert.deepEqual(scene.dify.runs.at(-1)?.turn.inputs, { query: 'What now?', CITY: 'Omsk' });
    await scene.ask({ ...fromDialog('chat1', 'What now?'), inputs: { query: 'Mine' } });
    assert.equal(scene.dify.runs.at(-1)?.turn.inputs['query'], 'Mine');
  });

  it('runs two messages of one dialog side by side', async () => {
    await scene.deploy({});
    const gate = scene.dify.hold('workflow', 'mid-stream');
    scene.send(fromDialog('chat2', 'one'));
    await scene.dify.waitForRun(({ turn, status }) => turn.user.endsWith('chat2') && status === 'running');
    const second = await scene.ask({ ...fromDialog('chat2', 'two'), topic: 'second' });
    assert.equal(second.topic, 'second');
    gate.open();
    await until(() => scene.seen.out.length === 2, 'both answers');
  });

  it('gives a form as buttons, and answers it by a choice', async () => {
    await scene.deploy({});
    scene.dify.script('workflow', 'paused');
    const asked = await scene.ask(fromDialog('chat3', 'order'));
    assert.equal(at(asked, 'dify', 'paused'), true);
    const choices = entriesAt(asked, 'parts').find((part) => textAt(part, 'type') === 'choices');
    const choice = { items: [entriesAt(choices, 'items')[1]], context: textAt(choices, 'context') };
    const answered = await scene.ask({ ...fromDialog('chat3', 'Reject'), choice });
    assert.equal(at(answered, 'error'), undefined);
    assert.equal(at(answered, 'dify', 'paused'), false);
    assert.equal(scene.dify.forms.at(-1)?.status, 'submitted');
  });

  for (const [what, scenario, code] of [
    ['a run that fails', 'failed-node', 'DIFY_FAILED'],
    ['a refused key', 'unauthorized', 'DIFY_AUTH'],
    ['a stream that ends too early', 'reset', 'DIFY_UNREACHABLE'],
  ] as const) {
    it(`hands ${what} to the Catch node, without a secret`, async () => {
      await scene.deploy({});
      scene.dify.script('workflow', scenario);
      const { error } = await scene.ask(fromDialog('chat4', 'hi'));
      assert.equal(at(error, 'code'), code);
      assert.ok(!JSON.stringify([error, at(error, 'message')]).includes(scene.dify.app('workflow').key));
    });
  }

  it('starts no run with the key of a chatflow, and names the kind', async () => {
    await scene.deploy({}, { app: 'chatflow' });
    const before = scene.dify.callsOf('run').length;
    const { error } = await scene.ask(fromDialog('chat5', 'hi'));
    assert.equal(at(error, 'code'), 'DIFY_MODE');
    assert.match(textAt(error, 'message') ?? '', /advanced-chat/);
    assert.equal(scene.dify.callsOf('run').length, before);
  });

  it('takes no variables that are no object', async () => {
    await scene.deploy({}, { app: 'asks' });
    const { error } = await scene.ask({ inputs: 'no object', payload: 'hi' });
    assert.equal(at(error, 'code'), 'INPUT_INVALID');
  });
});
