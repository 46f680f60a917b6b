import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { RefusedError } from '../../../lib/core/errors';
import { at } from '../../../lib/core/fields';
import { DifyRunError } from '../../../lib/dify/answer';
import type { DifyClient } from '../../../lib/dify/client';
import { event, startDify, type Dify, type DifyApp, type Step } from '../../../sandbox/dify';
import { difyBench, failureOf, hastyClock } from './support';

const hello = { query: 'Hello', inputs: {}, user: 'm1:5:chat7' };
const work = { inputs: {}, user: 'm1:5:chat7' };

/** Told by the stand-in in both places where Dify tells them: in place of an answer, and in its midst. */
describe('errors of Dify', () => {
  const bench = difyBench();
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function start(name: string): Promise<{ dify: Dify; app: DifyApp; client: DifyClient }> {
    const dify = await startDify({ pingMs: 0 });
    stops.push(() => dify.stop());
    const app = dify.app(name);
    const changes = { apiKey: app.key, clock: hastyClock };
    return { dify, app, client: bench.client({ origin: dify.origin }, changes, hastyClock) };
  }

  const endpointsOf = (dify: Dify) => dify.calls.map(({ endpoint }) => endpoint);

  /** Status, code and words of Dify; our code; how often a start is tried. Those of `chat.test.ts` are not repeated. */
  const refusals: readonly (readonly [number, string, string, string, number])[] = [
    [400, 'invalid_param', 'Workflow not published', 'DIFY_APP', 1],
    [400, 'invalid_param', 'Invalid upload file', 'DIFY_FILE', 1],
    [400, 'bad_request', 'Agent Chat App does not support blocking mode', 'DIFY_REFUSED', 1],
    [400, 'no_file_uploaded', '', 'DIFY_FILE', 1],
    [400, 'too_many_files', '', 'DIFY_FILE', 1],
    [400, 'filename_not_exists_error', '', 'DIFY_FILE', 1],
    [400, 'not_workflow_app', 'Please check', 'DIFY_MODE', 1],
    [400, 'not_completion_app', 'Please check', 'DIFY_MODE', 1],
    [400, 'model_currently_not_support', 'no such model', 'DIFY_MODEL', 1],
    [400, 'completion_request_error', 'the call failed', 'DIFY_MODEL', 1],
    [400, 'agent_not_published', 'a draft', 'DIFY_APP', 1],
    [403, 'workflow_version_execution_not_allowed', 'not on this plan', 'DIFY_REFUSED', 1],
    [403, 'file_access_denied', 'not yours', 'DIFY_FILE', 1],
    [404, 'not_found', 'Workflow not found with id: 7', 'DIFY_REFUSED', 1],
    [412, 'human_input_form_submitted', 'already', 'DIFY_FORM_CLOSED', 1],
    [412, 'human_input_form_expired', 'too late', 'DIFY_FORM_CLOSED', 1],
    [413, 'audio_too_large', '', 'DIFY_FILE', 1],
    [415, 'unsupported_file_type', '', 'DIFY_FILE', 1],
    [415, 'unsupported_audio_type', '', 'DIFY_FILE', 1],
    [429, 'too_many_requests', 'busy', 'DIFY_RATE_LIMIT', 5],
    [500, 'internal_server_error', 'oops', 'DIFY_REFUSED', 2],
  ];

  for (const [status, code, message, expected, tries] of refusals) {
    it(`${status} ${code} "${message}" is ${expected}, after ${tries} start(s)`, async () => {
      const { dify, client } = await start('chatflow');
      dify.always('chatflow', { reply: { status, code, message } });
      const error = await failureOf(client.chat(hello));
      assert.ok(error instanceof RefusedError);
      assert.deepEqual([error.code, error.status, error.serviceCode], [expected, status, code]);
      assert.equal(dify.callsOf('run').length, tries);
    });

    it(`${status} ${code} "${message}" in a run that has begun is never a second run`, async () => {
      const { dify, client } = await start('chatflow');
      const told = event('error', { status, code, message });
      dify.always('chatflow', { steps: (steps) => [...untilText(steps), told] });
      const error = await failureOf(client.chat(hello));
      assert.ok(error instanceof DifyRunError);
      assert.equal(error.code, expected === 'DIFY_REFUSED' ? 'DIFY_FAILED' : expected);
      assert.deepEqual([error.partialText, endpointsOf(dify)], ['You', ['run']]);
    });
  }

  it('a model that fails is told as that, and not asked again', async () => {
    const { dify, client } = await start('chatflow');
    dify.script('chatflow', 'model-failed', 'model-failed');
    assert.equal((await failureOf(client.chat(hello))).code, 'DIFY_MODEL');
    assert.deepEqual(endpointsOf(dify), ['run']);
  });

  it('a named version that cannot be run costs no conversation', async () => {
    const { dify, app, client } = await start('chatflow');
    const version = randomUUID();
    app.versions = [version];
    const { conversationId = '' } = await client.chat({ ...hello, workflowId: version });
    const request = { ...hello, conversationId };
    const statusFor = async (workflowId: string): Promise<unknown> =>
      at(await failureOf(client.chat({ ...request, workflowId })), 'status');
    assert.deepEqual([await statusFor('draft'), await statusFor(randomUUID())], [400, 404]);
    app.plan = 'sandbox';
    assert.equal(await statusFor(version), 403);
    assert.equal(dify.callsOf('run').length, 4);
    assert.equal((await client.chat(request)).conversationId, conversationId);
  });

  it('an app that was never published says so before any run', async () => {
    for (const name of ['chatflow', 'new-agent', 'workflow']) {
      const { dify, app, client } = await start(name);
      app.published = false;
      assert.equal((await failureOf(client.describe())).code, 'DIFY_APP');
      const run = name === 'workflow' ? client.runWorkflow(work) : client.chat(hello);
      assert.equal((await failureOf(run)).code, 'DIFY_APP');
      assert.equal(dify.runs.length, 0);
    }
  });
});

function untilText(steps: readonly Step[]): Step[] {
  const place = steps.findIndex((step) => step.kind === 'event' && step.event.event === 'message');
  return steps.slice(0, place + 1);
}
