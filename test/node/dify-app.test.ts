import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { at, entriesAt, flagAt, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { until } from '../support/until';
import { fromDialog, useDifyScene } from './dify-scene';

describe('dify-app', () => {
  const scene = useDifyScene(
    'dify-workflow',
    [registerApp, registerWorkflow],
    [
      {
        name: 'support',
        mode: 'advanced-chat',
        form: [
          { type: 'text-input', variable: 'MESSAGE', required: true },
          { type: 'paragraph', variable: 'CHAT_TITLE' },
          { type: 'text-input', variable: 'CONTRACT', required: true },
        ],
      },
      { name: 'orders', mode: 'workflow', form: [{ type: 'text-input', variable: 'MESSAGE' }] },
      { name: 'writer', mode: 'completion' },
      { name: 'old', mode: 'workflow', infoTellsMode: false },
    ],
  );

  interface Checked {
    ok: boolean;
    message: string;
    details: unknown;
    body: string;
  }

  /** Presses the button of the dialog. The test Node-RED has no catalogues, so a sentence is its key. */
  async function check(app: string, form: object = {}): Promise<Checked> {
    const apiKey = app === '' ? '' : scene.dify.app(app).key;
    const response = await helper
      .request()
      .post('/bitlane/dify-app/check')
      .send({ baseUrl: scene.dify.baseUrl, credentials: { apiKey }, ...form });
    assert.equal(response.status, 200);
    const body = response.text;
    const answer: unknown = response.body;
    return {
      ok: flagAt(answer, 'ok'),
      message: textAt(answer, 'message') ?? '',
      details: at(answer, 'details'),
      body,
    };
  }

  it('says what app it is, what it expects, and what will not fit', async () => {
    await scene.deploy({}, { app: 'orders' });
    const { ok, message, details, body } = await check('support');
    assert.equal(ok, true);
    for (const key of ['app', 'chat', 'variables', 'short', 'missing']) {
      assert.ok(message.includes(`dify-app.check.${key}`), key);
    }
    assert.equal(at(details, 'name'), 'support');
    assert.equal(at(details, 'mode'), 'advanced-chat');
    assert.equal(at(details, 'label'), 'chatflow');
    assert.equal(at(details, 'version'), '1.14.0');
    assert.deepEqual(at(details, 'short'), [{ variable: 'MESSAGE', limit: 48 }]);
    assert.deepEqual(at(details, 'missing'), ['CONTRACT']);
    assert.deepEqual(
      entriesAt(details, 'variables').map((field) => at(field, 'variable')),
      ['MESSAGE', 'CHAT_TITLE', 'CONTRACT'],
    );
    assert.ok(!body.includes(scene.dify.app('support').key));
    assert.equal(scene.dify.callsOf('run').length, 0);
  });

  it('tells a workflow, also one of a release that does not say what it is', async () => {
    await scene.deploy({}, { app: 'orders' });
    for (const app of ['orders', 'old']) {
      const { ok, message, details } = await check(app);
      assert.equal(ok, true);
      assert.match(message, /dify-app\.check\.workflow/);
      assert.equal(at(details, 'label'), 'workflow');
    }
  });

  it('says no to a kind of app that no node runs', async () => {
    await scene.deploy({}, { app: 'orders' });
    const { ok, message } = await check('writer');
    assert.equal(ok, false);
    assert.match(message, /dify-app\.check\.completion/);
  });

  it('says no when a node that uses it is for another kind of app', async () => {
    await scene.deploy({ name: 'Orders' }, { app: 'orders' });
    const { ok, message } = await check('support', { id: 'conf' });
    assert.equal(ok, false);
    assert.match(message, /dify-app\.check\.stranger/);
    assert.equal((await check('orders', { id: 'conf' })).ok, true);
  });

  it('uses the stored key when nobody has touched the field', async () => {
    await scene.deploy({}, { app: 'orders' });
    const { details } = await check('', { id: 'conf', credentials: { apiKey: '__PWRD__' } });
    assert.equal(at(details, 'name'), 'orders');
  });

  for (const [what, form, pattern] of [
    ['a wrong key', { credentials: { apiKey: 'app-marker-wrong-key' } }, /DIFY_AUTH|Access token/],
    ['a key for knowledge', { credentials: { apiKey: 'dataset-marker-wrong-key' } }, /not the API key/],
    ['no key', { credentials: {} }, /apiKey/],
    ['the address of a page', { baseUrl: 'https://cloud.dify.ai/app/1' }, /address of a page/],
    ['a time limit that is none', { idleTimeoutSeconds: 'soon' }, /idleTimeoutSeconds/],
  ] as const) {
    it(`explains ${what}`, async () => {
      await scene.deploy({}, { app: 'orders' });
      const { ok, message } = await check('orders', form);
      assert.equal(ok, false);
      assert.match(message, pattern);
      assert.ok(!message.includes('marker-wrong-key'));
    });
  }

  it('is told at the deploy which variables are too short, by name and limit alone', async () => {
    await scene.deploy({}, { app: 'orders' });
    await until(() => scene.warnings().length > 0, 'a warning');
    assert.match(scene.warnings().join(), /MESSAGE \(48\)/);
  });

  it('gives its time limits to the runs', async () => {
    await scene.deploy({}, { app: 'orders', config: { totalTimeoutSeconds: 0.1 } });
    scene.dify.script('orders', 'never-ends');
    const { error } = await scene.ask(fromDialog('chat1', 'hi'));
    assert.equal(at(error, 'code'), 'DIFY_TIMEOUT');
    assert.match(textAt(error, 'message') ?? '', /0 s|0\.1/);
  });
});
