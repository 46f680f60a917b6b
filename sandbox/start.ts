import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startPortal } from './bitrix24';
import { startDify } from './dify';
import { speechSenseEnvironment } from './environment';
import { startNodeRed } from './node-red';
import { startSpeechSense } from './speechsense';
import { startTypebot } from './typebot';

const BOT_TOKEN = 'sandbox-bot-token';

/** `npm start`: a Bitrix24, a Dify, a Typebot and a SpeechSense of your own, a Node-RED wired to them, and you as the client who writes. */
async function main(): Promise<void> {
  const portal = await startPortal();
  const bot = portal.addBot({ code: 'helper', name: 'Helper', api: 'v2', botToken: BOT_TOKEN });
  const chat = portal.openChannel({ bots: [bot] });
  const dify = await startDify();
  const typebot = await startTypebot();
  // A night of uploads must not fill the memory.
  const speechSense = await startSpeechSense({ keepBytes: false });
  const nodeRed = await startNodeRed({
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    BITRIX_BOT_TOKEN: BOT_TOKEN,
    DIFY_BASE_URL: dify.baseUrl,
    DIFY_API_KEY: dify.app('chatflow').key,
    DIFY_WORKFLOW_API_KEY: dify.app('workflow').key,
    TYPEBOT_START_URL: typebot.startUrl(),
    ...speechSenseEnvironment(speechSense),
  });

  console.log(`\nThe editor:  ${nodeRed.url}/`);
  console.log(`The portal:  ${portal.origin}/ (a stand-in for Bitrix24)`);
  console.log(`Dify:        ${dify.baseUrl} (a stand-in, with a chatflow and a workflow)`);
  console.log(
    `Typebot:     ${typebot.publicUrl()} (a stand-in, with a bot that asks and shows a little of everything)`,
  );
  console.log(
    `SpeechSense: ${speechSense.endpoint} (a stand-in, with a connection for recordings and one for chats)`,
  );
  console.log(
    '\nYou are a client in an Open Channel. Write a line, and the bot answers. Ctrl+C ends it all.\n',
  );

  let shown = 0;
  const showAnswers = (): void => {
    const messages = portal.messages(chat).slice(shown);
    shown += messages.length;
    for (const { author, authorName, text } of messages) {
      if (author !== 'client') console.log(`${authorName}: ${text}`);
    }
  };
  const showing = setInterval(showAnswers, 200);
  const terminal = createInterface({ input: process.stdin });
  terminal.on('line', (line) => {
    if (line.trim() === '') return;
    portal.clientSays(chat, line).catch((error: unknown) => console.error(error));
  });

  const stop = async (): Promise<void> => {
    clearInterval(showing);
    terminal.close();
    await nodeRed.stop();
    await dify.stop();
    await typebot.stop();
    await speechSense.stop();
    await portal.stop();
  };
  const stopped = (): void => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stopped).once('SIGTERM', stopped);
  nodeRed.ended.then(stopped, stopped);
}

if (!existsSync('dist')) throw new Error('run npm start, which builds the pack first');
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
