import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import type { FileInit } from '../../sandbox/bitrix24';
import { useFilesScene } from './typebot-portal';
import { fromDialog, partsOf } from './typebot-scene';

describe('files that a person sends to a bot of Typebot', () => {
  const files = useFilesScene();
  const { scene, deploy, sent } = files;
  const photo = { name: 'photo.png', bytes: Buffer.from('a picture') };
  const voice = { name: 'voice.ogg', bytes: Buffer.from('a voice') };
  const lastMessage = (): unknown => at(scene.typebot.requestsOf('continue').at(-1)?.body, 'message');
  const linkPattern = (name: string): RegExp =>
    new RegExp(`^${files.origin}/bitlane/file/[\\w-]{32}/${name}$`);

  async function say(dialogId: string, words: string, ...files: FileInit[]): Promise<unknown> {
    return scene.ask(fromDialog(dialogId, words, { ...(await sent(words, ...files)), dialogId }));
  }

  it('answer a question for a file, and are fetched by the bot', async () => {
    await deploy({ bot: 'file' });
    await say('file', 'Hi');
    await say('file', '', photo);
    const link = textAt(lastMessage(), 'text') ?? '';
    assert.match(link, linkPattern('photo\\.png'));
    assert.equal(await (await fetch(link)).text(), 'a picture');
  });

  it('are no words of the person where nobody has said any', async () => {
    await deploy({ bot: 'attachments' });
    await say('attachments', 'Hi');
    const bitrix = await sent('', photo, voice);
    const stoodIn = 'File sent: photo.png';
    const asked = { ...fromDialog('attachments', stoodIn, { ...bitrix, dialogId: 'attachments' }) };
    await scene.ask({ ...asked, inputs: { MESSAGE: stoodIn } });
    assert.equal(textAt(lastMessage(), 'text'), undefined);
    const links = entriesAt(lastMessage(), 'attachedFileUrls').map(String);
    assert.match(links[0] ?? '', linkPattern('photo\\.png'));
    assert.match(links[1] ?? '', linkPattern('voice\\.ogg'));
  });

  it('go along with the words, and a voice by itself is one', async () => {
    await deploy({ bot: 'attachments' });
    await say('words', 'Hi');
    await say('words', 'It leaks', photo);
    assert.equal(textAt(lastMessage(), 'text'), 'It leaks');
    assert.equal(entriesAt(lastMessage(), 'attachedFileUrls').length, 1);
    await scene.unload();
    await deploy({ bot: 'audio-clip' });
    await say('voice', 'Hi');
    await say('voice', '', voice);
    assert.equal(textAt(lastMessage(), 'type'), 'audio');
    assert.match(textAt(lastMessage(), 'url') ?? '', linkPattern('voice\\.ogg'));
  });

  it('stay here when they are not to be sent along', async () => {
    await deploy({ bot: 'attachments', settings: { files: false } });
    await say('off', 'Hi');
    await say('off', 'It leaks', photo);
    assert.deepEqual(lastMessage(), { type: 'text', text: 'It leaks' });
    await scene.unload();
    await deploy({ bot: 'file', settings: { files: false } });
    const first = await say('off-file', 'Hi');
    const calls = scene.typebot.requests.length;
    const again = await say('off-file', '', photo);
    assert.equal(scene.typebot.requests.length, calls);
    assert.deepEqual(at(again, 'typebot', 'input'), at(first, 'typebot', 'input'));
    for await (const { key } of scene.store.scan('file-link:')) assert.fail(`made ${key}`);
  });

  it('cannot be fetched from a Node-RED without a public address, which only matters where they are wanted', async () => {
    await deploy({ bot: 'file', publicUrl: '' });
    await say('private', 'Hi');
    const failed = await say('private', '', photo);
    assert.equal(at(failed, 'error', 'code'), 'CONFIG_EMPTY');
    await scene.unload();
    await deploy({ bot: 'greeting', publicUrl: '' });
    await say('private-text', 'Hi');
    const out = await scene.ask(
      fromDialog('private-text', 'Look', { ...(await sent('Look', photo)), dialogId: 'private-text' }),
    );
    assert.match(String(out.payload), /You wrote: Look/);
    assert.ok(partsOf(out, 'text').length > 0);
  });
});
