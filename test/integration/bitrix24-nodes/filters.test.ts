import assert from 'node:assert/strict';
import { entriesAt, idAt, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { botFlow, botNode, portalNode, type Changes } from './flow-parts';
import { botOn, say, useScene } from './scene';

/** Nothing is answered: what comes to the flow is what this is about. */
const quiet = 'return null;';

describe('events in a real Node-RED', () => {
  const scene = useScene();

  describe('what bitrix-in lets through', function () {
    let portal: Portal;
    let bot: Bot;
    let chat: Chat;

    before(async () => {
      // Here the bot stays in a dialog that a person has taken, and hears it.
      portal = await scene.portal({ lines: [{ id: 3, botLeft: 'close' }] });
      await scene.deployReady(flow({}));
      bot = botOn(portal);
    });
    beforeEach(() => {
      chat = portal.openChannel({ bots: [bot] });
    });

    const flow = (incoming: Changes): object[] =>
      botFlow(portalNode(portal), botNode(scene.red.url), { func: quiet, incoming });

    /** The texts that start a flow; the last of them is a client's, so that the wait has an end. */
    async function textsWith(incoming: Changes, happen: () => Promise<unknown>): Promise<string[]> {
      await scene.deploy(flow(incoming));
      await happen();
      const other = portal.openChannel({ bots: [bot] });
      await say(portal, other, 'the end');
      const texts = (): string[] =>
        scene.watch.heard('think').map((message) => textAt(message, 'payload') ?? '');
      await scene.heard('think', texts().includes('the end') ? 1 : texts().length + 1);
      return texts().filter((text) => text !== 'the end');
    }

    const cases: { title: string; off: Changes; happen: () => Promise<unknown> }[] = [
      {
        title: "the bot's own messages",
        off: { dropBots: false },
        happen: () => say(portal, chat, { text: 'unwanted', author: bot, to: [bot] }),
      },
      {
        title: 'messages of another bot',
        off: { dropBots: false },
        happen: () => {
          const other = portal.addBot({ code: `other-${chat.id}`, botToken: 'another' });
          return say(portal, chat, { text: 'unwanted', author: other, to: [bot] });
        },
      },
      {
        title: 'messages of the system',
        off: { dropSystem: false },
        happen: () => {
          const dialog = portal.privateChat(undefined, bot);
          return say(portal, dialog, { text: 'unwanted', system: true, to: [bot] });
        },
      },
      {
        title: 'what staff write in an Open Channel',
        off: { dropStaff: false },
        happen: () => {
          const operator = portal.state.users.get(7) ?? assert.fail('no operator');
          return say(portal, chat, { text: 'unwanted', author: operator, to: [bot] });
        },
      },
      {
        title: 'dialogs that a person has taken',
        off: { dropHandedOver: false },
        happen: async () => {
          portal.takeOver(chat);
          chat.ownerId = 7;
          await say(portal, chat, { text: 'unwanted', to: [bot] });
        },
      },
    ];

    for (const { title, off, happen } of cases) {
      it(`keeps back ${title}, and lets them through when told to`, async () => {
        assert.deepEqual(await textsWith({}, happen), []);
        chat = portal.openChannel({ bots: [bot] });
        assert.deepEqual(await textsWith(off, happen), ['unwanted']);
      });
    }

    it('other kinds come out of the second output, and only when they are asked for', async () => {
      const kinds = ['message', 'edit', 'delete', 'reaction', 'context'];
      await scene.deploy(flow({ kinds }));
      const id = await say(portal, chat, 'first');
      await portal.edit({ id }, 'changed');
      await portal.reaction({ id });
      await portal.context(chat, { page: 'prices' });
      await portal.delete({ id });
      const others = await scene.heard('others', 4);
      assert.deepEqual(
        others.map((message) => textAt(message, 'bitrix', 'kind')),
        ['edit', 'reaction', 'context', 'delete'],
      );
      assert.deepEqual(
        scene.watch.heard('think').map((message) => textAt(message, 'bitrix', 'kind')),
        ['message'],
      );
      assert.deepEqual(await textsWith({}, () => portal.edit({ id }, 'again')), []);
      assert.deepEqual(scene.watch.heard('others'), []);
    });

    it('a kind that is not wanted starts nothing', async () => {
      const texts = await textsWith({ kinds: 'message' }, () => portal.join(chat, bot));
      assert.deepEqual(texts, []);
    });

    const twoFiles = ['photo.jpg', 'отчёт.pdf'].map((name) => ({ name, bytes: Buffer.from('x') }));

    it('a message that is only files says so, with every file in msg.bitrix.files', async () => {
      const elder = { apiVersion: 'v1', code: 'elder', credentials: { botToken: 'elder-id' } };
      await scene.deployReady(botFlow(portalNode(portal), botNode(scene.red.url, elder), { func: quiet }));
      const ofElder = portal.openChannel({ bots: [botOn(portal, 'elder')] });
      await say(portal, ofElder, { files: twoFiles });
      const [thought] = await scene.heard('think', 1);
      assert.equal(textAt(thought, 'payload'), 'File sent: photo.jpg');
      assert.equal(textAt(thought, 'inputs', 'MESSAGE'), 'File sent: photo.jpg');
      const names = entriesAt(thought, 'bitrix', 'files').map((file) => textAt(file, 'name'));
      assert.deepEqual(names, ['photo.jpg', 'отчёт.pdf']);
    });

    it('events of v2 bots bring no names of files: the portal is asked for them', async () => {
      await scene.deploy(flow({}));
      await say(portal, chat, { files: twoFiles });
      const [thought] = await scene.heard('think', 1);
      const names = entriesAt(thought, 'bitrix', 'files').map((file) => textAt(file, 'name'));
      assert.deepEqual(names, ['photo.jpg', 'отчёт.pdf']);
      assert.equal(textAt(thought, 'payload'), 'File sent: photo.jpg');
    });

    it('and when the portal does not tell, the id says which file it is', async () => {
      await scene.deploy(flow({}));
      const refusal = { status: 403, error: 'ACCESS_DENIED' };
      portal.failNext({ method: 'imbot.v2.File.download', times: 2, with: refusal });
      portal.failNext({ method: 'disk.file.get', times: 2, with: refusal });
      await say(portal, chat, { files: twoFiles });
      const [thought] = await scene.heard('think', 1);
      const ids = entriesAt(thought, 'bitrix', 'files').map((file) => idAt(file, 'id'));
      assert.deepEqual([ids.length, textAt(thought, 'payload')], [2, `File sent: ${ids[0]}`]);
    });

    it('bots of a webhook have no tokens to pass, whatever passTokens names', async () => {
      await scene.deploy(flow({ passTokens: ['access_token', 'bot_access_token', 'user_access_token'] }));
      await say(portal, chat, 'tokens?');
      const [thought] = await scene.heard('think', 1);
      assert.doesNotMatch(JSON.stringify(thought), /access_token/);
    });
  });

  describe('who is believed at the address of the events', function () {
    let portal: Portal;
    let chat: Chat;

    before(async () => {
      portal = await scene.portal();
      await deploy();
      chat = portal.openChannel({ bots: [botOn(portal)] });
    });

    const deploy = (changes: Changes = {}): Promise<void> =>
      scene.deployReady(botFlow(portalNode(portal, changes), botNode(scene.red.url), { func: quiet }));

    async function sendWithToken(token: string): Promise<number> {
      const { deliveries } = await portal.clientSays(chat, { text: 'composed', hold: true });
      const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing composed'));
      const changed = body.replaceAll(portal.applicationToken(botOn(portal)), token);
      return (await portal.sendRaw(scene.eventsUrl, changed, headers)).status;
    }

    const visit = async (): Promise<string> => (await fetch(scene.eventsUrl)).text();
    const refused = async (): Promise<number> => Number(/refused: (\d+)/.exec(await visit())?.[1]);

    it('a bot that no flow knows cannot teach its token, also when it is the first to come', async () => {
      const stranger = portal.addBot({
        code: 'stranger',
        botToken: 'of somebody else',
        webhookUrl: scene.eventsUrl,
      });
      const itsChat = portal.openChannel({ bots: [stranger] });
      assert.equal((await portal.clientSays(itsChat, 'let me in')).status, 401);
      await say(portal, chat, 'the real one');
      await scene.heard('think', 1);
      await deploy();
    });

    it('an unknown sender gets 401, and is counted where one can see it', async () => {
      await say(portal, chat, 'this one teaches the token');
      const before = await refused();
      assert.equal(await sendWithToken('somebody-else'), 401);
      const { status } = await portal.sendRaw(
        scene.eventsUrl,
        'event=ONIMBOTMESSAGEADD&auth[member_id]=x&auth[domain]=stranger.example&auth[application_token]=y',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
      );
      assert.equal(status, 401);
      assert.equal(await refused(), before + 2);
      assert.equal((await scene.heard('think', 1)).length, 1);
    });

    it('a token learned once still holds after a full redeploy', async () => {
      await deploy();
      // The first to come: if the token had been forgotten, this one would teach its own.
      assert.equal(await sendWithToken('somebody-quicker'), 401);
      await say(portal, chat, 'the real one');
      await scene.heard('think', 1);
    });

    it('bots of both generations on one portal are believed, each by its own token', async () => {
      const elder = { code: 'elder', apiVersion: 'v1', credentials: { botToken: 'elder-id' } };
      const flow = botFlow(portalNode(portal), botNode(scene.red.url), {
        func: quiet,
        incoming: { bot: '' },
      });
      await scene.deployReady(
        [...flow, botNode(scene.red.url, { id: 'elder-bot', ...elder })],
        ['bot', 'elder-bot'],
      );
      const ofElder = portal.openChannel({ bots: [botOn(portal, 'elder')] });
      await say(portal, ofElder, 'to the elder');
      await say(portal, chat, 'to the younger');
      const texts = (await scene.heard('think', 2)).map((message) => textAt(message, 'payload'));
      assert.deepEqual(texts, ['to the elder', 'to the younger']);
    });

    it('a token that the settings name is the only one', async () => {
      await deploy({
        credentials: { webhookUrl: portal.webhookUrl, applicationToken: 'the-token-in-the-settings' },
      });
      assert.equal(await sendWithToken(portal.applicationToken(botOn(portal))), 401);
      assert.equal(await sendWithToken('the-token-in-the-settings'), 200);
    });

    it('tells a visitor nothing secret', async () => {
      const text = await visit();
      for (const secret of [
        portal.state.webhook.secret,
        portal.applicationToken(botOn(portal)),
        portal.domain,
      ]) {
        assert.ok(!text.includes(secret), text);
      }
    });
  });
});
