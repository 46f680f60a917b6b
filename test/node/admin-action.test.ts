import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import helper from 'node-red-node-test-helper';
import { CancelledError, InvalidError } from '../../lib/core/errors';
import { serveAction, type ActionAnswer, type ActionContext } from '../../nodes/runtime/admin-action';

describe('a button in a dialog', () => {
  let asked: { word: string; secret: string | undefined; id: string | undefined } | undefined;

  const register = (RED: NodeAPI): void => {
    function Conf(this: Node, definition: NodeDef): void {
      RED.nodes.createNode(this, definition);
    }
    RED.nodes.registerType('conf', Conf, { credentials: { key: { type: 'password' } } });
    serveAction(RED, 'conf', 'check', async ({ settings, id }: ActionContext) => {
      const word = settings.required('word');
      const secret = settings.secret('key');
      asked = { word, secret, id };
      if (word === 'fail') throw new InvalidError('INPUT_INVALID', `key ${secret} is wrong`);
      return { ok: true, message: 'fine' };
    });
    serveAction(RED, 'conf', 'list', async ({ signal }) => until(signal), outOfTime);
    serveAction(RED, 'conf', 'stopped', () => Promise.reject(new CancelledError()));
  };

  const limits: number[] = [];
  /** Time is up as soon as somebody waits. */
  function outOfTime(ms: number): AbortSignal {
    limits.push(ms);
    const time = new AbortController();
    setImmediate(() => time.abort());
    return time.signal;
  }
  const until = (signal: AbortSignal): Promise<ActionAnswer> =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new CancelledError()), { once: true }),
    );

  before(async () => {
    helper.init(require.resolve('node-red'));
    await Promise.resolve(helper.startServer());
    await Promise.resolve(
      helper.load(register, [{ id: 'conf-1', type: 'conf' }], { 'conf-1': { key: 'marker-stored' } }),
    );
  });
  after(async () => {
    await Promise.resolve(helper.unload());
    await Promise.resolve(helper.stopServer());
  });

  async function press(form: object, button = 'check'): Promise<Record<string, unknown>> {
    const response = await helper.request().post(`/bitlane/conf/${button}`).send(form);
    return Object(response.body) as Record<string, unknown>;
  }

  it('is answered with the values of the dialog, not of the deployed node', async () => {
    assert.deepEqual(await press({ word: 'typed', credentials: { key: 'marker-typed' } }), {
      ok: true,
      message: 'fine',
    });
    assert.deepEqual(asked, { word: 'typed', secret: 'marker-typed', id: undefined });
  });

  it('uses the stored secret where the field was not touched', async () => {
    await press({ id: 'conf-1', word: 'x', credentials: { key: '__PWRD__' } });
    assert.equal(asked?.secret, 'marker-stored');
  });

  it('fills in a variable, and names one that is not set', async () => {
    process.env.BITLANE_TEST_WORD = 'from the environment';
    await press({ word: '${BITLANE_TEST_WORD}', credentials: {} });
    delete process.env.BITLANE_TEST_WORD;
    assert.equal(asked?.word, 'from the environment');
    const { ok, message } = await press({ word: '${BITLANE_TEST_WORD}', credentials: {} });
    assert.equal(ok, false);
    assert.match(String(message), /BITLANE_TEST_WORD/);
  });

  it('is answered with a sentence and no secret when it fails', async () => {
    const answer = await press({ word: 'fail', credentials: { key: 'marker-typed' } });
    assert.equal(answer.ok, false);
    assert.doesNotMatch(JSON.stringify(answer), /marker/);
  });

  it('says when nobody has answered in time, and does not call that a stop', async () => {
    const { ok, message } = await press({}, 'list');
    assert.deepEqual([ok, limits], [false, [30_000]]);
    assert.match(String(message), /no answer within 30 s/);
    assert.doesNotMatch(String(message), /stopped before it was finished/);
    const stopped = await press({}, 'stopped');
    assert.match(String(stopped['message']), /stopped before it was finished/);
  });

  it('is not there for the forms of other sites', async () => {
    asked = undefined;
    const response = await helper.request().post('/bitlane/conf/check').type('form').send({ word: 'x' });
    assert.equal(response.status, 415);
    assert.equal(asked, undefined);
  });
});
