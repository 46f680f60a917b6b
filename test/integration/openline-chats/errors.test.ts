import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { Portal } from '../../../sandbox/bitrix24';
import { endNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { useScene } from '../bitrix24-nodes/scene';

const onCanvas = { z: 'tab', x: 100, y: 100 };
const lines = [{ from: 'client' as const, text: 'Hello' }];

describe('errors in the flow of a chat', function () {
  const scene = useScene();
  let portal: Portal;

  beforeEach(async () => {
    portal = await scene.portal();
    portal.sessions.seed({ lines });
  });
  afterEach(() => scene.deploy([]));

  /** `work` is what the flow does with a chat, `mend` what stands behind the Catch node. */
  function flow(work: string, mend: object | undefined): object[] {
    const step = { ...onCanvas, type: 'function', outputs: 1 };
    return [
      { id: 'tab', type: 'tab', label: 'chats' },
      portalNode(portal),
      {
        ...{ id: 'chats', ...onCanvas, type: 'openline-chats', portal: 'portal', attempts: 1 },
        wires: [['work'], ['summary']],
      },
      { ...step, id: 'work', func: work, wires: [['done']] },
      ...(mend
        ? [
            { id: 'catch', ...onCanvas, type: 'catch', scope: ['work'], uncaught: false, wires: [['mend']] },
            { ...step, id: 'mend', wires: [['done']], ...mend },
          ]
        : []),
      ...['done', 'summary'].map(endNode),
    ];
  }

  async function countsOf(work: string, mend?: object): Promise<unknown[]> {
    await scene.deploy(flow(work, mend));
    scene.send('chats', { payload: true });
    const [report] = await scene.heard('summary', 1);
    return ['sent', 'failedNow'].map((name) => at(report, 'payload', name));
  }

  const fails = 'throw new Error("not today");';

  it('count when nobody takes them', async () => {
    assert.deepEqual(await countsOf(fails), [0, 1]);
  });

  it('count when a Catch node only shows them', async () => {
    const change = { type: 'change', rules: [{ t: 'set', p: 'seen', pt: 'msg', to: 'true', tot: 'bool' }] };
    assert.deepEqual(await countsOf(fails, change), [0, 1]);
  });

  it('count when a node behind the Catch node tells somebody of them', async () => {
    assert.deepEqual(await countsOf(fails, { func: 'return msg;' }), [0, 1]);
  });

  it('are none when all went well', async () => {
    assert.deepEqual(await countsOf('return msg;', { func: fails }), [1, 0]);
  });
});
