import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, FileInit, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { contentKey, fileFlow as flow, lookAtFiles, png, ways } from './file-flow';
import { botNode, portalNode, type Changes } from './flow-parts';
import { botOn, say, useScene } from './scene';
import { throughEveryWay, type Place } from './ways-in';

const kilobytes = (count: number): Buffer => Buffer.alloc(count * 1024, 'x');

describe('the file node in a real Node-RED', () => {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;
  const { arrived, refused, filesInChat } = lookAtFiles(scene, () => ({ portal, chat }));
  /** Nobody else writes here. */
  let temporary: string;
  const usualTemporary = process.env['TMPDIR'];

  before(() => {
    temporary = mkdtempSync(join(tmpdir(), 'bitlane-test-'));
    process.env['TMPDIR'] = temporary;
  });
  after(() => {
    if (usualTemporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env['TMPDIR'] = usualTemporary;
    rmSync(temporary, { recursive: true, force: true });
  });

  const leftBehind = (): string[] =>
    readdirSync(temporary).filter((name) => name.startsWith('bitlane-file-'));

  async function bytesOf(content: unknown): Promise<string> {
    if (Buffer.isBuffer(content)) return content.toString('latin1');
    if (typeof content === 'string') return readFileSync(content, 'latin1');
    assert.ok(content instanceof Readable, 'no content');
    // As older nodes do, which would wait for ever for an end that has gone by.
    const pieces: Buffer[] = [];
    content.on('data', (piece: Buffer) => pieces.push(piece));
    await once(content, 'end');
    return Buffer.concat(pieces).toString('latin1');
  }

  const place: Place = {
    portal: { plan: 'enterprise', v2MethodsForV1Bots: true },
    flow,
    arrive(here: Portal, itsBot: Bot) {
      portal = here;
      bot = itsBot;
      chat = portal.openChannel({ bots: [bot] });
    },
  };
  throughEveryWay(scene, place, () => {
    for (const way of ways) {
      it(`has what was sent as a ${way}`, async () => {
        await say(portal, chat, {
          text: way,
          files: [{ name: 'счёт.txt', bytes: Buffer.from('7 EUR') }],
        });
        const message = await arrived('had');
        const [file] = entriesAt(message, 'files');
        assert.deepEqual(
          ['name', 'type', 'size'].map((key) => at(file, key)),
          ['счёт.txt', 'text/plain', 5],
        );
        assert.deepEqual(at(file, contentKey[way]), at(message, 'payload'));
        assert.equal(await bytesOf(at(message, 'payload')), '7 EUR');
      });
    }

    it('sends a file to the dialog', async () => {
      const messageId = await say(portal, chat, 'seven');
      const message = await arrived('sent');
      assert.deepEqual(filesInChat(), [['said.txt', 'seven']]);
      const [sent] = entriesAt(message, 'bitrix', 'sent');
      assert.equal(sent, portal.messages(chat).at(-1)?.id);
      assert.equal(at(message, 'bitrix', 'messageId'), messageId);
    });
  });

  describe('what is downloaded', function () {
    const deploy = (changes: Changes = {}): Promise<void> =>
      scene.deployReady(flow(portalNode(portal), botNode(scene.red.url), changes));

    before(async () => {
      portal = await scene.portal({ plan: 'enterprise' });
      await deploy();
    });
    beforeEach(() => {
      bot = botOn(portal);
      chat = portal.openChannel({ bots: [bot] });
      scene.watch.clear();
    });

    const send = (way: string, ...files: FileInit[]): Promise<number> =>
      say(portal, chat, { text: way, files });

    /** As the flow of an event would, with ids that the test has chosen. */
    function ask(nodeId: string, bitrix: object, more: object = {}): void {
      const owner = { portal: { memberId: portal.memberId, domain: portal.domain }, api: 'v2' };
      scene.send(nodeId, { bitrix: { ...owner, bot: { id: bot.id, code: bot.code }, ...bitrix }, ...more });
    }

    for (const way of ways) {
      it(`may be several files, the first in the payload (${way})`, async () => {
        const contents = ['one', '', 'three'];
        await send(way, ...contents.map((one) => ({ name: `${one}.txt`, bytes: Buffer.from(one) })));
        const message = await arrived('had');
        const files = entriesAt(message, 'files');
        assert.deepEqual(
          files.map((file) => textAt(file, 'name')),
          contents.map((one) => `${one}.txt`),
        );
        const key = contentKey[way];
        assert.deepEqual(at(files[0], key), at(message, 'payload'));
        assert.deepEqual(await Promise.all(files.map((file) => bytesOf(at(file, key)))), contents);
      });
    }

    it('has the type that its bytes tell when the portal tells none', async () => {
      await send('buffer', { name: 'a', bytes: png, contentType: 'application/octet-stream' });
      assert.equal(at(entriesAt(await arrived('had'), 'files')[0], 'type'), 'image/png');
    });

    it('is the same stream on every wire', async () => {
      await send('stream', { name: 'a.txt', bytes: Buffer.from('once') });
      const [had, beside] = [await arrived('had'), await arrived('beside')];
      assert.equal(at(had, 'payload'), at(beside, 'payload'));
      assert.equal(await bytesOf(at(beside, 'payload')), 'once');
    });

    it('is nothing when nothing was sent, and the payload stays', async () => {
      await say(portal, chat, 'buffer');
      const message = await arrived('had');
      assert.deepEqual([at(message, 'files'), at(message, 'payload')], [[], 'buffer']);
    });

    it('is what a property of the message names, without a dialog', async () => {
      const id = await idOf('a.txt');
      await deploy({ file: 'wanted', fileType: 'msg' });
      ask('buffer', {}, { wanted: String(id) });
      assert.equal(await bytesOf(at(await arrived('had'), 'payload')), 'content of a.txt');
      ask('buffer', {}, { wanted: 'a.txt' });
      assert.match(await refused('INPUT_INVALID'), /wanted/);
      await deploy();
    });

    /** The portal's id of a file that a client has sent. */
    async function idOf(name: string): Promise<number> {
      const { message } = await portal.clientSays(chat, { files: [{ name }], to: [] });
      return message?.files[0]?.id ?? assert.fail('no file');
    }

    it('is taken from the drive where the portal gives bots no files', async () => {
      const { message } = await portal.clientSays(chat, {
        files: [{ name: 'a.txt', readableByAll: true }],
        to: [],
      });
      const error = { status: 404, error: 'ERROR_METHOD_NOT_FOUND' } as const;
      portal.failNext({ method: 'imbot.v2.File.download', with: error });
      ask('buffer', { files: message?.files });
      assert.equal(await bytesOf(at(await arrived('had'), 'payload')), 'content of a.txt');
    });

    it('is an error when it is gone', async () => {
      ask('buffer', { files: [{ id: 99_999 }] });
      assert.match(await refused('BITRIX_REFUSED'), /FILE_NOT_FOUND/);
    });

    it('is an error when it breaks off, and nothing of it stays', async () => {
      const id = await idOf('a.txt');
      portal.failNext({ method: 'download', with: 'cut' });
      ask('file', { files: [{ id }] });
      await refused('ADDRESS_UNREACHABLE');
      assert.deepEqual(leftBehind(), []);
    });

    describe('too large', () => {
      before(() => deploy({ maxMegabytes: 0.1 }));
      after(() => deploy());

      for (const [what, files] of [
        ['by itself', [{ name: 'a.txt', bytes: kilobytes(200) }]],
        ['without saying so', [{ name: 'a.txt', bytes: kilobytes(200), tells: ['name'] }]],
        [
          'together',
          [
            { name: 'a.txt', bytes: kilobytes(60) },
            { name: 'b.txt', bytes: kilobytes(60), tells: ['name'] },
          ],
        ],
      ] as const) {
        for (const way of ['buffer', 'file'] as const) {
          it(`is an error, ${what}, and nothing of it stays (${way})`, async () => {
            await send(way, ...files);
            assert.match(await refused('INPUT_INVALID'), /0\.1 MB/);
            assert.deepEqual(leftBehind(), []);
          });
        }
      }
    });

    describe('as a temporary file', () => {
      async function kept(): Promise<string> {
        await send('file', { name: '../../bill.PDF', bytes: Buffer.from('7 EUR') });
        const path = textAt(await arrived('had'), 'payload') ?? assert.fail('no path');
        assert.equal(readFileSync(path, 'utf8'), '7 EUR');
        return path;
      }

      it('is for its owner alone, in a folder of its own', async () => {
        const path = await kept();
        assert.deepEqual([dirname(dirname(path)), path.endsWith('/file.pdf')], [temporary, true]);
        assert.equal(statSync(path).mode & 0o777, 0o600);
        assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      });

      it('is gone some seconds after the flow is over', async () => {
        const path = await kept();
        await until(() => !existsSync(dirname(path)), 'the file to be gone');
      });

      it('is gone with the node', async () => {
        const path = await kept();
        await deploy();
        assert.ok(!existsSync(dirname(path)));
      });
    });

    it('is a stream that is closed when nobody has read it by the end of the flow', async () => {
      await send('stream', { name: 'a.txt', bytes: kilobytes(3000) });
      const stream = at(await arrived('had'), 'payload');
      assert.ok(stream instanceof Readable);
      await until(() => stream.destroyed, 'the stream to be closed');
    });
  });
});
