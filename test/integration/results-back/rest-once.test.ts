import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import type { Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { endNode, portalNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { useScene } from '../bitrix24-nodes/scene';

const METHOD = 'crm.timeline.comment.add';

describe('bitrix-rest with a call that is made once', function () {
  const scene = useScene();
  let portal: Portal;
  let asked = 0;

  beforeEach(async () => {
    portal = await scene.portal();
    portal.telephony.addCall({ crm: { type: 'LEAD', id: 3 } });
  });

  function restFlow(changes: Changes = {}): object[] {
    const onCanvas = { z: 'tab', x: 100, y: 100 };
    return [
      { id: 'tab', type: 'tab', label: 'once' },
      portalNode(portal),
      {
        ...{ id: 'rest', ...onCanvas, type: 'bitrix-rest', portal: 'portal', mode: 'call', method: METHOD },
        ...{ once: 'key', onceType: 'msg', wires: [['done']], ...changes },
      },
      { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
      ...['done', 'caught'].map(endNode),
    ];
  }

  async function ask(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    asked += 1;
    const _msgid = `once-${asked}`;
    const came = (): unknown =>
      ['done', 'caught'].flatMap((id) => scene.watch.heard(id)).find((one) => at(one, '_msgid') === _msgid);
    const payload = { fields: { ENTITY_TYPE: 'lead', ENTITY_ID: 3, COMMENT: 'Called back' } };
    scene.send('rest', { payload, ...message, _msgid });
    await until(() => came() !== undefined, 'the outcome');
    return came();
  }

  it('makes it once for a key, after a deploy too', async () => {
    await scene.deploy(restFlow());
    const first = await ask({ key: 'a' });
    assert.deepEqual(at(first, 'rest'), { method: METHOD, once: 'done' });
    await scene.deploy(restFlow());
    const again = await ask({ key: 'a' });
    assert.deepEqual(at(again, 'rest'), { method: METHOD, once: 'done before' });
    assert.equal(at(again, 'payload'), at(first, 'payload'));
    // A number is as good as a text.
    await ask({ key: 7 });
    await ask({ key: '7' });
    assert.equal(portal.timeline.length, 2);
  });

  it('refuses to guess when there is nothing that it belongs to', async () => {
    await scene.deploy(restFlow());
    for (const key of ['', '  ', undefined, { id: 1 }]) {
      assert.equal(textAt(await ask({ key }), 'error', 'code'), 'INPUT_INVALID');
    }
    assert.equal(portal.timeline.length, 0);
  });

  it('makes it for every message when nothing is set', async () => {
    await scene.deploy(restFlow({ once: '' }));
    const first = await ask({ key: 'a' });
    await ask({ key: 'a' });
    assert.equal(at(first, 'rest', 'once'), undefined);
    assert.equal(portal.timeline.length, 2);
  });

  it('is told of the calls of another portal, and does not write into a stranger’s card', async () => {
    await scene.deploy(restFlow());
    const call = { portal: { memberId: 'another', domain: 'another.example.com', nodeId: 'x' } };
    const refused = await ask({ key: 'a', call });
    assert.equal(textAt(refused, 'error', 'code'), 'INPUT_INVALID');
    assert.match(textAt(refused, 'error', 'message') ?? '', /msg\.call\.portal/);
    const own = { portal: { memberId: '', domain: new URL(portal.webhookUrl).host, nodeId: 'x' } };
    assert.equal(at(await ask({ key: 'a', call: own }), 'rest', 'once'), 'done');
    const bitrix = { portal: { memberId: 'another', domain: 'another.example.com' } };
    assert.equal(textAt(await ask({ key: 'b', bitrix }), 'error', 'code'), 'INPUT_INVALID');
    assert.equal(portal.timeline.length, 1);
  });
});
