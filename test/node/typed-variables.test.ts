import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { textAt } from '../../lib/core/fields';
import { defineNode } from '../../nodes/runtime/define-node';
import { until } from '../support/until';

interface FlowItem extends TestFlowsItem {
  [property: string]: unknown;
}

/** What a node gets from a property whose type is a variable. */
describe('a property of the type env', () => {
  const got: unknown[] = [];
  const caught: unknown[] = [];

  const register = (RED: NodeAPI): void => {
    defineNode(RED, {
      type: 'probe',
      start(shell) {
        const read = shell.typed('word', 'payload');
        return {
          async onMessage(message) {
            got.push(await read(message));
          },
        };
      },
    });
  };

  before(async () => {
    process.env.BITLANE_TEST_WORD = 'marker-value';
    helper.init(require.resolve('node-red'));
    await Promise.resolve(helper.startServer());
  });
  after(async () => {
    delete process.env.BITLANE_TEST_WORD;
    await Promise.resolve(helper.stopServer());
  });
  afterEach(() => Promise.resolve(helper.unload()));

  async function run(word: string): Promise<void> {
    got.length = 0;
    caught.length = 0;
    const flow: FlowItem[] = [
      { id: 'tab', type: 'tab', env: [{ name: 'OF_FLOW', type: 'str', value: 'of the flow' }] },
      { id: 'node', type: 'probe', z: 'tab', word, wordType: 'env', wires: [[]] },
      { id: 'catcher', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['caught']] },
      { id: 'caught', type: 'helper', z: 'tab' },
    ];
    await Promise.resolve(helper.load(register, flow));
    helper.getNode('caught').on('input', (message: object) => void caught.push(message));
    helper.getNode('node').receive({ payload: 'x' });
    await until(() => got.length + caught.length > 0, 'the value or the error');
  }

  for (const [word, value] of [
    ['BITLANE_TEST_WORD', 'marker-value'],
    ['${BITLANE_TEST_WORD}', 'marker-value'],
    ['<${OF_FLOW}>', '<of the flow>'],
    ['', ''],
  ] as const) {
    it(`has the value for "${word}"`, async () => {
      await run(word);
      assert.deepEqual(got, [value]);
    });
  }

  for (const word of ['BITLANE_TEST_UNSET', '${BITLANE_TEST_UNSET}', 'a ${BITLANE_TEST_UNSET} b']) {
    it(`is an error that names the variable for "${word}", where Node-RED would take an empty text`, async () => {
      await run(word);
      assert.deepEqual(got, []);
      assert.equal(textAt(caught[0], 'error', 'code'), 'VARIABLE_UNSET');
      assert.match(textAt(caught[0], 'error', 'message') ?? '', /BITLANE_TEST_UNSET/);
    });
  }
});
