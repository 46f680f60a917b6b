import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPortal, type Chat, type Portal } from '../../../sandbox/bitrix24';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { createNodeRedProcess } from '../../faults/node-red-process';
import { until } from '../../support/until';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { shippedFlow, variablesFor } from './shipped';

const photo = {
  name: 'MARKER-photo.png',
  contentType: 'image/png',
  bytes: Buffer.from('a picture of the group'),
};
const quiet = { 'bitrix-imbot-reply': { typing: false } };

/** Sends the photo to a bot that wants one, and gives the address that the bot has got. */
async function sendPhoto(portal: Portal, chat: Chat, typebot: Typebot): Promise<string> {
  await say(portal, chat, 'Hi');
  await until(() => answersIn(portal, chat).some((text) => /Send me a file/.test(text)), 'the question');
  await say(portal, chat, { text: '', files: [photo] });
  await until(() => answersIn(portal, chat).some((text) => /Stored: /.test(text)), 'the answer');
  return String(typebot.sessionOf('file').state.variables['ANSWER']);
}

async function bytesAt(link: string): Promise<Buffer> {
  const response = await fetch(link);
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

function allBytesBelow(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
}

describe('the file that a person sent, for Typebot, from a real Node-RED', function () {
  let typebot: Typebot;
  before(async () => {
    typebot = await startTypebot();
  });
  after(() => typebot.stop());

  describe('in one process', () => {
    const scene = useScene();
    let variables: Record<string, string> = {};
    let link = '';

    before(async () => {
      const portal = await scene.portal({ plan: 'enterprise' });
      variables = variablesFor(portal, typebot, { publicUrl: scene.red.url, bot: 'file' });
      Object.assign(process.env, variables);
      await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
      const chat = portal.openChannel({ bots: [botOn(portal)] });
      link = await sendPhoto(portal, chat, typebot);
    });
    after(() => {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    });

    it('is fetched from there as nothing but a file', async () => {
      assert.deepEqual(await bytesAt(link), photo.bytes);
      const { status, headers } = await fetch(link, { method: 'HEAD' });
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'image/png');
      assert.equal(headers.get('content-length'), String(photo.bytes.length));
      assert.equal(headers.get('content-disposition'), "attachment; filename*=UTF-8''MARKER-photo.png");
      assert.equal(headers.get('content-security-policy'), 'sandbox');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    });

    it('is not found without the token', async () => {
      for (const address of [
        `${scene.red.url}/bitlane/file`,
        `${scene.red.url}/bitlane/file/`,
        `${scene.red.url}/bitlane/file/MARKER-photo.png`,
        link.replace(/file\/.{32}/, `file/${'A'.repeat(32)}`),
      ]) {
        assert.equal((await fetch(address)).status, 404, address);
      }
    });

    it('is known to the disk by nothing that opens it', async () => {
      const token = link.split('/').at(-2) ?? '';
      const key = `file-link:${createHash('sha256').update(token).digest('base64url')}`;
      const kept = join(scene.red.userDir, 'bitlane');
      await until(() => allBytesBelow(kept).includes(key), 'the record on the disk');
      const bytes = allBytesBelow(kept);
      for (const secret of [token, 'MARKER-photo', 'a picture of the group'])
        assert.ok(!bytes.includes(secret), secret);
    });

    it('can be fetched in the middle of a deploy', async () => {
      let isOver = false;
      const deployed = scene.deployReady(shippedFlow(quiet), ['bitlane-bot']).finally(() => (isOver = true));
      const statuses: number[] = [];
      while (!isOver) statuses.push((await fetch(link)).status);
      await deployed;
      assert.deepEqual([...new Set(statuses)], [200]);
    });

    it('is given by no other portal', async () => {
      const stranger = await scene.portal({ plan: 'enterprise' });
      process.env['BITRIX_WEBHOOK_URL'] = stranger.webhookUrl;
      await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
      const response = await fetch(link);
      assert.deepEqual([response.status, await response.text()], [502, '']);
      assert.ok(!stranger.calls.some(({ method }) => method === 'imbot.v2.File.download'));
    });
  });

  it('can be fetched after the process has died and come back', async () => {
    const portal = await startPortal({ limits: 'off', plan: 'enterprise' });
    const variables: Record<string, string> = {};
    const nodeRed = await createNodeRedProcess(variables);
    try {
      Object.assign(variables, variablesFor(portal, typebot, { publicUrl: nodeRed.url, bot: 'file' }));
      await nodeRed.start();
      await nodeRed.deploy(shippedFlow(quiet));
      await until(() => portal.state.bots.size > 0, 'the bot');
      const chat = portal.openChannel({ bots: [botOn(portal)] });
      const link = await sendPhoto(portal, chat, typebot);
      assert.deepEqual(await bytesAt(link), photo.bytes);
      nodeRed.kill9();
      await nodeRed.start();
      assert.deepEqual(await bytesAt(link), photo.bytes);
    } finally {
      await nodeRed.remove();
      await portal.stop();
    }
  });
});
