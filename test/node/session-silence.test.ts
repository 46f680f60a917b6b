import assert from 'node:assert/strict';
import { createPersonBook } from '../../lib/conversation/handover/person-book';
import { at } from '../../lib/core/fields';
import { until } from '../support/until';
import { useSessionScene } from './session-scene';
import { fromDialog, keyOf } from './typebot-scene';

const idleMinutes = 0.01;

describe('the silence that session-store notices', function () {
  const scene = useSessionScene();
  const idleDialogs = (): unknown[] => scene.seen.idle.map((message) => at(message, 'bitrix', 'dialogId'));

  it('is told by itself, once, with what a flow needs to speak', async () => {
    await scene.deploy({ load: { operation: 'load', idleMinutes } });
    await scene.store.set(keyOf('chat1'), 'one');
    const message = {
      ...fromDialog('chat1', 'hello', { messageId: 12, eventId: 'e1' }),
      topic: 'the dialog',
    };
    const { session } = await scene.ask('load', message);
    await until(() => scene.seen.idle.length > 0, 'the silence');
    const [told] = scene.seen.idle;
    assert.deepEqual([told?.topic, told?.payload, told?.session], ['the dialog', '', session]);
    assert.deepEqual(told?.bitrix, {
      portal: { memberId: 'member-1', domain: 'portal.example' },
      ...{ bot: { id: 7, code: 'helper' }, dialogId: 'chat1', language: 'en', user: { id: 5 } },
      ...{ kind: 'other', event: 'idle', text: '', files: [] },
    });
    await scene.ask('load', fromDialog('chat2', 'hello'));
    await until(() => idleDialogs().includes('chat2'), 'the silence in the other dialog');
    assert.deepEqual(idleDialogs(), ['chat1', 'chat2']);
  });

  it('is not told when another node has ended the conversation, but after it began anew', async () => {
    await scene.deploy({
      load: { operation: 'load', idleMinutes, resetWords: 'restart' },
      save: { operation: 'save' },
      delete: { operation: 'delete' },
    });
    for (const dialogId of ['chat3', 'chat4']) await scene.ask('load', fromDialog(dialogId, 'hello'));
    await scene.ask('delete', fromDialog('chat3', 'bye'));
    await scene.ask('save', { ...fromDialog('chat4', 'x'), session: {} });
    await scene.ask('load', fromDialog('chat5', 'restart'));
    await until(() => idleDialogs().includes('chat5'), 'the silence');
    assert.deepEqual(idleDialogs(), ['chat5']);
  });

  it('is not told while a person has the dialog', async () => {
    await scene.deploy({ load: { operation: 'load', idleMinutes } });
    const openline = { connector: 'livechat', lineId: 3, sessionId: 44 };
    await scene.ask('load', fromDialog('chat6', 'a person please', { openline }));
    const dialog = { memberId: 'member-1', dialogId: 'chat6', sessionId: 44 };
    await createPersonBook(() => Promise.resolve(scene.store)).noteTaken(dialog);
    await scene.ask('load', fromDialog('chat8', 'hello', { openline }));
    await until(() => idleDialogs().includes('chat8'), 'the silence in the other dialog');
    assert.deepEqual(idleDialogs(), ['chat8']);
  });

  it('is told after a deploy in between, also by a node with other settings', async () => {
    await scene.deploy({ load: { operation: 'load', idleMinutes: 0.02 } });
    await scene.ask('load', fromDialog('chat9', 'hello'));
    assert.deepEqual(idleDialogs(), []);
    await scene.unload();
    await scene.deploy({ load: { operation: 'load', idleMinutes: 5, name: 'another name' } });
    await until(() => scene.seen.idle.length > 0, 'the silence');
    assert.deepEqual(idleDialogs(), ['chat9']);
  });

  it('is told after a restart of Node-RED, with the store on the disk', async () => {
    const nodes = {
      load: { operation: 'load', idleMinutes: 0.05, resetWords: 'x' },
      save: { operation: 'save' },
    };
    await scene.deploy(nodes, { onDisk: true });
    await scene.ask('save', {
      ...fromDialog('chat10', 'x'),
      session: { id: 'one', state: 'kept' },
    });
    await scene.ask('load', fromDialog('chat10', 'hello'));
    await scene.shutDown();
    await scene.deploy(nodes, { onDisk: true });
    await until(() => scene.seen.idle.length > 0, 'the silence');
    assert.deepEqual(idleDialogs(), ['chat10']);
    assert.deepEqual(at(scene.seen.idle[0], 'session', 'id'), 'one');
    const loaded = await scene.ask('load', fromDialog('chat10', 'back again'));
    assert.deepEqual([at(loaded, 'session', 'id'), at(loaded, 'session', 'state')], ['one', 'kept']);
  });
});
