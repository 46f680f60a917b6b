import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { channelPlans } from './channels';
import { consoleWords } from './console-words';
import { findPort } from './free-port';
import { startNodeRed } from './node-red';
import { startStandIns } from './stand-ins';
import { firstLanguage } from './web/language';

const usualEditorPort = 1880;
const usualShowPort = 1881;

/** `npm start`: the stand-ins with their pages, and a Node-RED wired to them with the shipped flows in it. */
async function main(): Promise<void> {
  const { PORT, SANDBOX_PORT, SANDBOX_FOLDER } = process.env;
  const language = firstLanguage();
  const editor: { url?: string } = {};
  const standIns = await startStandIns({
    port: await findPort(Number(SANDBOX_PORT ?? usualShowPort)),
    editorUrl: () => editor.url,
    plans: channelPlans,
  });
  const nodeRed = await startNodeRed({
    port: await findPort(Number(PORT ?? usualEditorPort)),
    userFolder: resolve(SANDBOX_FOLDER ?? join(__dirname, '../.sandbox')),
    environment: standIns.environment,
    language,
  });
  editor.url = `${nodeRed.url}/`;

  console.log(
    consoleWords[language].started({
      editor: editor.url,
      chat: standIns.chatUrl,
      calls: standIns.callsUrl,
    }),
  );

  const stop = async (): Promise<void> => {
    await nodeRed.stop();
    await standIns.stop();
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

if (!existsSync(join(__dirname, '../dist'))) throw new Error('run npm start, which builds the pack first');
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
