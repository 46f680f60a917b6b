import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import helper from 'node-red-node-test-helper';
import { at } from '../../lib/core/fields';
import { serveEnvironment } from '../../nodes/runtime/environment';

describe('what a dialog may know of the environment', () => {
  const permissions: string[] = [];
  const hidden: object = { envVarExcludes: ['BITLANE_TEST_HIDDEN'] };

  const register = (RED: NodeAPI): void => {
    function Conf(this: Node, definition: NodeDef): void {
      RED.nodes.createNode(this, definition);
    }
    RED.nodes.registerType('conf', Conf, {
      credentials: { key: { type: 'password' }, word: { type: 'password' } },
    });
    const needsPermission = (permission: string): ReturnType<NodeAPI['auth']['needsPermission']> => {
      permissions.push(permission);
      return RED.auth.needsPermission(permission);
    };
    const { httpAdmin, nodes, settings, util } = RED;
    serveEnvironment({ httpAdmin, nodes, settings, util, auth: { ...RED.auth, needsPermission } });
  };

  before(async () => {
    process.env.BITLANE_TEST_SET = 'marker-value';
    process.env.BITLANE_TEST_HIDDEN = 'marker-hidden';
    helper.init(require.resolve('node-red'));
    await Promise.resolve(helper.startServer());
    helper.settings({ ...hidden });
    const flow = [
      { id: 'tab', type: 'tab', env: [{ name: 'BITLANE_TEST_OF_FLOW', type: 'str', value: 'marker-flow' }] },
      { id: 'conf-1', type: 'conf' },
      { id: 'conf-2', type: 'conf', z: 'tab' },
    ];
    await Promise.resolve(
      helper.load(register, flow, {
        'conf-1': { key: '${BITLANE_TEST_UNSET}', word: '${BITLANE_TEST_SET}' },
        'conf-2': { key: '${BITLANE_TEST_OF_FLOW}', word: '${BITLANE_TEST_SET}marker-typed' },
      }),
    );
  });
  after(async () => {
    delete process.env.BITLANE_TEST_SET;
    delete process.env.BITLANE_TEST_HIDDEN;
    await Promise.resolve(helper.unload());
    await Promise.resolve(helper.stopServer());
    helper.settings({});
  });

  const ask = (body: object) => helper.request().post('/bitlane/environment').send(body);

  it('is which names are not set, and no value', async () => {
    const names = ['BITLANE_TEST_SET', 'BITLANE_TEST_UNSET', 'constructor', 'BITLANE_TEST_HIDDEN'];
    const answer = await ask({ names });
    const { status, text } = answer;
    assert.equal(status, 200);
    assert.deepEqual(at(answer.body, 'unset'), ['BITLANE_TEST_UNSET', 'constructor', 'BITLANE_TEST_HIDDEN']);
    assert.doesNotMatch(text, /marker/);
    assert.equal(at(answer.headers, 'cache-control'), 'no-store');
  });

  it('is which saved fields are a variable and nothing else, and not what it or any other field holds', async () => {
    const first = await ask({ names: [], id: 'conf-1' });
    const variables = { key: 'BITLANE_TEST_UNSET', word: 'BITLANE_TEST_SET' };
    assert.deepEqual(at(first.body, 'variables'), variables);
    const second = await ask({ names: [], id: 'conf-2' });
    assert.deepEqual(at(second.body, 'variables'), { key: 'BITLANE_TEST_OF_FLOW' });
    assert.doesNotMatch(first.text + second.text, /marker/);
    assert.deepEqual(at((await ask({ names: [], id: 'nobody' })).body, 'variables'), {});
  });

  it('is for those alone who may change flows', () => {
    assert.deepEqual(permissions, ['bitlane.write']);
  });

  const refused: [what: string, body: object][] = [
    ['no names', {}],
    ['names that are no list', { names: 'HOME' }],
    ['more names than any dialog has', { names: Array.from({ length: 65 }, (_, place) => `NAME_${place}`) }],
    ['a name that is none', { names: ['a b'] }],
    ['a name without end', { names: ['A'.repeat(129)] }],
    ['a name that is no text', { names: [{}] }],
  ];
  for (const [what, body] of refused) {
    it(`is not told for ${what}`, async () => {
      assert.equal((await ask(body)).status, 400);
    });
  }

  it('is not told to the forms of other sites', async () => {
    const answer = await helper.request().post('/bitlane/environment').type('form').send({ names: 'HOME' });
    assert.equal(answer.status, 415);
  });
});
