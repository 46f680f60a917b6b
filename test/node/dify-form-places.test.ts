import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import { asking, click, comment, labelsOf, lastForm, textsOf } from './dify-form-views';
import { portalParts, usePortalOfFiles } from './dify-portal';
import { fromDialog, useDifyScene } from './dify-scene';

describe('forms in the conversations of dify-chatflow', () => {
  const portal = usePortalOfFiles();
  const scene = useDifyScene(
    'dify-chatflow',
    [registerApp, registerChatflow, ...portalParts],
    [{ name: 'app', mode: 'advanced-chat' }],
  );

  for (const session of ['auto', 'message', 'none']) {
    it(`are remembered for the dialog with the session ${session}`, async () => {
      await scene.deploy({ session });
      scene.dify.script('app', asking({ inputs: [comment] }));
      const asked = await scene.ask(fromDialog(`dialog-${session}`, 'order'));
      const runs = scene.dify.runs.length;
      await scene.ask(fromDialog(`dialog-${session}`, 'Fine'));
      const done = await scene.ask(fromDialog(`dialog-${session}`, 'approve'));
      assert.equal(scene.dify.runs.length, runs);
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'Fine' });
      assert.equal(at(done, 'dify', 'conversationId'), at(asked, 'dify', 'conversationId'));
    });
  }

  it('wait in their own conversation, not in the one that the flow has gone on to', async () => {
    await scene.deploy({ session: 'message' });
    const first = await scene.ask(fromDialog('chat1', 'hello'));
    scene.dify.script('app', 'paused');
    const waiting = await scene.ask({ ...fromDialog('chat1', 'order') });
    const runs = scene.dify.runs.length;
    await scene.ask({ ...fromDialog('chat1', 'And another thing'), session: first.session });
    assert.equal(scene.dify.runs.length, runs + 1);
    const again = await scene.ask({ ...fromDialog('chat1', 'hm'), session: waiting.session });
    assert.deepEqual(labelsOf(again), [['Approve', 'Reject']]);
  });

  it('are answered in the name of whom they are for', async () => {
    await scene.deploy({ user: '{dialogId}/{userId}', session: 'none' });
    scene.dify.script('app', 'paused');
    await scene.ask(fromDialog('chat2', 'order'));
    const runs = scene.dify.runs.length;
    const other = await scene.ask(fromDialog('chat2', 'approve', { user: { id: 6 } }));
    assert.equal(at(other, 'error'), undefined);
    assert.equal(scene.dify.runs.length, runs + 1);
    assert.equal(lastForm(scene).status, 'waiting');
    await scene.ask(fromDialog('chat2', 'approve'));
    assert.equal(lastForm(scene).status, 'submitted');
  });

  it('take a choice from their options, and files where they want files', async () => {
    await scene.deploy({}, portal.options());
    const inputs = [
      { type: 'select', name: 'priority', options: ['low', 'high'] },
      { type: 'file', name: 'scan' },
      { type: 'file-list', name: 'papers' },
    ];
    scene.dify.script('app', asking({ inputs }));
    const from = async (text: string, ...names: string[]) =>
      fromDialog(
        'chat3',
        text,
        await portal.sent(text, ...names.map((name) => ({ name, bytes: Buffer.from(name) }))),
      );

    const asked = await scene.ask(await from('order'));
    assert.deepEqual(labelsOf(asked), [['low', 'high']]);
    assert.deepEqual(labelsOf(await scene.ask(await from('medium'))), [['low', 'high']]);
    assert.deepEqual(textsOf(await scene.ask(await from('2'))), ['scan']);
    assert.deepEqual(textsOf(await scene.ask(await from('here it is'))).slice(-1), ['scan']);
    assert.deepEqual(textsOf(await scene.ask(await from('', 'scan.png'))), ['papers']);
    const offered = await scene.ask(await from('', 'a.pdf', 'b.pdf'));
    const done = await scene.ask({ ...(await from('Approve')), ...click(offered) });
    assert.equal(at(done, 'error'), undefined);

    const { inputs: sent } = lastForm(scene).submission ?? assert.fail('not submitted');
    assert.equal(sent['priority'], 'high');
    const files = [sent['scan'], ...entriesAt(sent, 'papers')].map((reference) => {
      assert.equal(textAt(reference, 'transfer_method'), 'local_file');
      const id = textAt(reference, 'upload_file_id');
      return scene.dify.files.find((file) => file.id === id) ?? assert.fail('not uploaded');
    });
    assert.deepEqual(
      files.map(({ name, content, user }) => [name, content.toString(), user]),
      ['scan.png', 'a.pdf', 'b.pdf'].map((name) => [name, name, scene.dify.runs.at(-1)?.turn.user]),
    );
  });

  it('leave a message that is only a file to whoever can read it, and ask again', async () => {
    await scene.deploy({}, portal.options());
    scene.dify.script('app', asking({ inputs: [comment] }));
    await scene.ask(fromDialog('chat4', 'order', await portal.sent('order')));
    const photo = await portal.sent('', { name: 'photo.png' });
    const again = await scene.ask(fromDialog('chat4', 'File sent: photo.png', photo));
    assert.deepEqual(textsOf(again), ['Shall the order go out?']);
    assert.equal(lastForm(scene).status, 'waiting');
  });

  it('can be answered by a button where no dialog is known', async () => {
    await scene.deploy({});
    scene.dify.script('app', 'paused');
    const asked = await scene.ask({ payload: 'order' });
    const done = await scene.ask({ payload: 'Approve', ...click(asked) });
    assert.equal(at(done, 'error'), undefined);
    assert.equal(lastForm(scene).status, 'submitted');
  });
});
