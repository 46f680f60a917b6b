import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import type { NodeAPI } from 'node-red';
import { CancelledError } from '../../lib/core/errors';
import { createRowFlow } from '../../nodes/runtime/sync/row-flow';

describe('the flow of a row', () => {
  let api: NodeAPI | undefined;

  before(() => {
    helper.init(require.resolve('node-red'));
    return Promise.resolve(helper.startServer());
  });
  beforeEach(() => Promise.resolve(helper.load((RED: NodeAPI) => void (api = RED), [])));
  afterEach(() => Promise.resolve(helper.unload()));
  after(() => Promise.resolve(helper.stopServer()));

  it('is not begun by a node that closes, which a deploy waits for', async () => {
    const RED = api ?? assert.fail('Node-RED is not there');
    const closing = new AbortController();
    const emitted: unknown[] = [];
    const startFlow = createRowFlow({
      ...{ RED, label: 'a row', emit: (message) => void emitted.push(message) },
      failureOf: () => undefined,
    });
    RED.events.emit('flows:stopping');
    const end = startFlow({ payload: 1 }, closing.signal);
    closing.abort();
    await assert.rejects(end, CancelledError);
    RED.events.emit('flows:started');
    assert.deepEqual(emitted, []);
  });
});
