import assert from 'node:assert/strict';
import { startPortal } from '../../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../../sandbox/environment';
import { startSpeechSense } from '../../../sandbox/speechsense';
import { waitUntil } from './wait-until';

export interface EchoPortal {
  /** What the shipped flows read from the environment. */
  readonly environment: Record<string, string>;
  /** What must never be found outside the environment and the encrypted credentials. */
  readonly secrets: readonly string[];
  /** A client writes; resolves when the bot has answered through the Node-RED at this address. */
  converse(nodeRedUrl: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

/** A portal with an open channel whose bot is the one of the echo flow; a SpeechSense stands beside it. */
export async function startEchoPortal(): Promise<EchoPortal> {
  const portal = await startPortal();
  const speechSense = await startSpeechSense();
  const botToken = 'bot-token-that-nobody-may-see';
  const bot = portal.addBot({ code: 'helper', api: 'v2', eventMode: 'webhook', botToken });
  const clerk = portal.addBot({
    code: 'clerk',
    name: 'Clerk',
    type: 'bot',
    supportsOpenChannels: true,
    eventMode: 'fetch',
    botToken,
    commands: [{ command: 'price', title: { en: 'Price list' }, common: true }],
  });
  const [support, sales] = portal.state.lines.values();
  if (support) support.welcomeBot = bot.id;
  if (sales) sales.welcomeBot = clerk.id;
  const chat = portal.openChannel({ bots: [bot] });
  const dialogId = portal.dialogId(chat);
  const applicationToken = portal.applicationToken(bot);
  return {
    environment: {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: botToken,
      ...speechSenseEnvironment(speechSense),
    },
    secrets: [portal.state.webhook.secret, botToken, applicationToken, speechSense.apiKey],
    converse: async (nodeRedUrl, text) => {
      // The deploy registers the address by itself.
      await waitUntil('the address of the bot', async () =>
        bot.handlerUrls.includes(`${nodeRedUrl}/bitrix24/events`),
      );
      const { deliveries } = await portal.clientSays(chat, text);
      assert.deepEqual(
        deliveries.map(({ event, status }) => ({ event, status })),
        [{ event: 'ONIMBOTV2MESSAGEADD', status: 200 }],
      );
      const answer = `You wrote: ${text}`;
      const call = await portal.waitForCall(
        ({ method, params }) =>
          method === 'imbot.v2.Chat.Message.send' && JSON.stringify(params).includes(answer),
      );
      assert.equal(call.status, 200);
      const received = portal.messages(dialogId).filter((message) => message.text === answer);
      assert.deepEqual(
        received.map(({ author, reachesClient }) => ({ author, reachesClient })),
        [{ author: 'bot', reachesClient: true }],
      );
    },
    async stop() {
      await portal.stop();
      await speechSense.stop();
    },
  };
}
