import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeAPI } from 'node-red';
import { at, entriesAt } from '../../lib/core/fields';
import registerBot from '../../nodes/config/bitrix-bot/bitrix-bot';
import registerPortal from '../../nodes/config/bitrix-portal/bitrix-portal';
import { linkToFile } from '../../nodes/runtime/bot/file-links';
import { startPortal, type FileInit, type Portal } from '../../sandbox/bitrix24';
import { useTypebotScene, type DeployOptions, type TypebotScene } from './typebot-scene';

export const secrets = {
  botToken: 'MARKER-bot-token-of-the-sandbox',
  webhookSecret: 'markerwebhooksecret7f3a',
  dialogId: 'MARKER-dialog',
};

export interface Deployment extends Omit<DeployOptions, 'nodes' | 'credentials'> {
  /** Of the bot in Bitrix24. */
  publicUrl?: string;
  settings?: object;
}

/** A Typebot node whose bot in Bitrix24 is sent files, in a Node-RED that others can reach. */
export interface FilesScene {
  readonly scene: TypebotScene;
  readonly portal: Portal;
  /** Where this Node-RED is reached. */
  readonly origin: string;
  deploy(deployment?: Deployment): Promise<void>;
  /** A client sends these; what `bitrix-in` would say of it. */
  sent(words: string, ...files: readonly FileInit[]): Promise<object>;
  linkTo(file: FileInit): Promise<string>;
}

export function useFilesScene(): FilesScene {
  let app: http.RequestListener | undefined;
  const parts = [registerPortal, registerBot, (RED: NodeAPI) => void (app = RED.httpNode)];
  const scene = useTypebotScene({ parts });
  let opened: { portal: Portal; origin: string; send: FilesScene['sent'] } | undefined;
  const place = () => {
    if (!opened) throw new Error('the portal is not started');
    return opened;
  };
  const site = http.createServer((request, response) => app?.(request, response));

  before(async () => {
    const portal = await startPortal({ limits: 'off', webhook: { secret: secrets.webhookSecret } });
    const bot = portal.addBot({ botToken: secrets.botToken, code: 'helper' });
    const chat = portal.openChannel({ bots: [bot] });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    opened = {
      portal,
      origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
      async send(words, ...files) {
        const { message } = await portal.clientSays(chat, { text: words, files, hold: true });
        return {
          portal: { memberId: portal.memberId, domain: portal.domain },
          bot: { id: bot.id, code: 'helper' },
          dialogId: secrets.dialogId,
          text: words,
          files: (message?.files ?? []).map(({ id }, index) => ({ id, name: files[index]?.name })),
        };
      },
    };
  });
  afterEach(() => place().portal.clearFaults());
  after(async () => {
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
    await place().portal.stop();
  });

  return {
    scene,
    get portal() {
      return place().portal;
    },
    get origin() {
      return place().origin;
    },
    async deploy({ publicUrl = place().origin, settings = {}, ...options } = {}) {
      const portal = { authType: 'webhook', path: 'events', plan: 'enterprise', store: 'memory' };
      const bot = { portal: 'portal', code: 'helper', apiVersion: 'v2', publicUrl };
      const nodes = [
        { id: 'portal', type: 'bitrix-portal', ...portal },
        { id: 'bot', type: 'bitrix-bot', ...bot },
      ];
      const { webhookUrl } = place().portal;
      const credentials = { portal: { webhookUrl }, bot: { botToken: secrets.botToken } };
      await scene.deploy(settings, { nodes, credentials, ...options });
    },
    sent: (words, ...files) => place().send(words, ...files),
    async linkTo(file) {
      const bitrix = await place().send('', file);
      const id = at(entriesAt(bitrix, 'files')[0], 'id');
      if (typeof id !== 'number') throw new Error('nothing was sent');
      return linkToFile({ id, name: file.name ?? '' }, bitrix);
    },
  };
}
