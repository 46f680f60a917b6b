import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { at, textAt } from '../../lib/core/fields';
import registerConnection from '../../nodes/config/speechsense-connection/speechsense-connection';
import registerTalks from '../../nodes/speechsense-talks/speechsense-talks';
import { chat, chatFields } from '../integration/speechsense/support';
import { until } from '../support/until';
import { useSpeechSenseScene } from './speechsense-talk-scene';

describe('nodes of one speechsense-connection', () => {
  const scene = useSpeechSenseScene();

  it('share one channel to the service', async () => {
    const { endpoint, apiKey, chatConnectionId: connectionId } = scene.service;
    const flow: TestFlowsItem[] = [
      {
        ...{ id: 'conf', type: 'speechsense-connection' },
        ...{ endpoint, tls: false, connectionId, kind: 'chat' },
      },
      ...['one', 'other'].map((id) => ({
        ...{ id, type: 'speechsense-talks', action: 'search', connection: 'conf', wires: [['out']] },
      })),
      { id: 'out', type: 'helper' },
    ];
    await Promise.resolve(
      helper.load([registerConnection, registerTalks], flow, { conf: { secret: apiKey } }),
    );
    let came = 0;
    helper.getNode('out').on('input', () => void (came += 1));
    for (const id of ['one', 'other', 'one', 'other']) helper.getNode(id).receive({ payload: {} });
    await until(() => came === 4, 'the answers');
    assert.deepEqual([scene.service.callsOf('Search').length, scene.service.connections()], [4, 1]);
  });

  it('show no token that a key file was exchanged for', async () => {
    const { iam } = scene.service;
    await scene.deploy({}, { authType: 'authorized-key', iamEndpoint: iam.origin }, iam.keyFile());
    await scene.ask({ payload: chat, metadata: chatFields });
    const tokenOf = (): string =>
      String(scene.service.calls.at(-1)?.headers.authorization).replace('Bearer ', '');
    const token = tokenOf();
    assert.match(token, /^t1\./);
    const refuse = { code: 16, message: `The token ${token} is invalid` };
    scene.service.script({ refuse }, { refuse }, { refuse });
    const caught = await scene.ask({ payload: chat, metadata: { ...chatFields, call_id: 'another' } });
    const said = textAt(caught, 'error', 'message') ?? '';
    assert.match(said, /SPEECHSENSE_AUTH|The token \*\*\* is invalid/);
    const depth = { depth: 8, maxStringLength: null, maxArrayLength: null };
    const shown = inspect([at(caught, 'error'), scene.seen.statuses, scene.logged()], depth);
    assert.ok(shown.includes('***') && !shown.includes(token) && !shown.includes(tokenOf()), shown);
  });
});
