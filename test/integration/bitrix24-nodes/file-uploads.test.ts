import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, entriesAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { fileFlow as flow, lookAtFiles, png } from './file-flow';
import { botNode, portalNode } from './flow-parts';
import { botOn, useScene } from './scene';

describe('the file node in a real Node-RED, sending', () => {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;
  const { arrived, refused, filesInChat } = lookAtFiles(scene, () => ({ portal, chat }));

  describe('what is sent', function () {
    let events = 0;

    const deploy = (): Promise<void> => scene.deployReady(flow(portalNode(portal), botNode(scene.red.url)));

    before(async () => {
      portal = await scene.portal({ plan: 'enterprise' });
    });
    beforeEach(async () => {
      await deploy();
      bot = botOn(portal);
      chat = portal.openChannel({ bots: [bot] });
      events += 1;
    });

    function upload(message: object, { attempt = 1, said = '' } = {}): void {
      const bitrix = {
        portal: { memberId: portal.memberId, domain: portal.domain },
        ...{ bot: { id: bot.id, code: bot.code }, api: 'v2', openline: {} },
        ...{ dialogId: portal.dialogId(chat), chatId: chat.id, text: said },
        ...{ eventId: `event-${events}`, attempt, redelivered: attempt > 1 },
      };
      scene.send('upload', { _msgid: `hand-out-${attempt}`, bitrix, ...message });
    }

    it('may be bytes with the name of the message', async () => {
      upload({ payload: png, filename: '/data/picture.png' });
      await arrived('sent');
      assert.deepEqual(filesInChat(), [['picture.png', png.toString('latin1')]]);
    });

    it('may be a path on this server', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'bitlane-test-'));
      const path = join(folder, 'prices.csv');
      writeFileSync(path, 'tea;7');
      upload({ payload: path });
      await arrived('sent');
      rmSync(folder, { recursive: true });
      assert.deepEqual(filesInChat(), [['prices.csv', 'tea;7']]);
    });

    it('may be several files, in order', async () => {
      upload({
        payload: [
          { name: 'one.txt', data: '1' },
          { name: 'two.txt', data: Buffer.from('2') },
        ],
      });
      const message = await arrived('sent');
      assert.deepEqual(filesInChat(), [
        ['one.txt', '1'],
        ['two.txt', '2'],
      ]);
      assert.equal(entriesAt(message, 'bitrix', 'sent').length, 2);
    });

    it('is sent once for an event, also after a deploy', async () => {
      upload({ payload: { name: 'a.txt', data: 'once' } });
      const first = await arrived('sent');
      await deploy();
      upload({ payload: { name: 'a.txt', data: 'twice' } }, { attempt: 2 });
      assert.deepEqual(at(await arrived('sent'), 'bitrix', 'sent'), at(first, 'bitrix', 'sent'));
      assert.deepEqual(filesInChat(), [['a.txt', 'once']]);
    });

    for (const [what, payload, said, code] of [
      ['an address of this machine', { url: 'https://127.0.0.1:9/x.txt' }, '', 'ADDRESS_REFUSED'],
      ['a path that the person has written', '/etc/hostname', '/etc/hostname', 'INPUT_INVALID'],
      ['a file that is not there', '/nowhere/at/all.txt', '', 'INPUT_INVALID'],
      ['nothing', '', '', 'INPUT_INVALID'],
      ['an empty file', Buffer.alloc(0), '', 'INPUT_INVALID'],
    ] as const) {
      it(`is not ${what}`, async () => {
        upload({ payload }, { said });
        await refused(code);
        assert.deepEqual(filesInChat(), []);
      });
    }
  });
});
