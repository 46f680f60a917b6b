#!/usr/bin/env node
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleWords } from './console-words';
import { findPort } from './free-port';
import { keptPlaces } from './kept-places';
import { forPowerShell, forShell } from './shells';
import { startStandIns } from './stand-ins';
import { firstLanguage } from './web/language';

const usualPort = 1881;
const usualNodeRed = 1880;
const words = consoleWords[firstLanguage()];
const usage = words.usage({ pages: usualPort, nodeRed: usualNodeRed });

interface Wish {
  isRead: boolean;
  wantsHelp: boolean;
  port: number;
  publicUrl: string;
}

function readWish(): Wish {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: String(usualPort) },
      'node-red': { type: 'string', default: String(usualNodeRed) },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const publicUrl = addressOf(values['node-red']);
  const wantsHelp = values.help === true || positionals.length === 0;
  const isCommand = positionals.length === 1 && positionals[0] === 'sandbox';
  const isRead = wantsHelp || (isCommand && isPort(values.port) && publicUrl !== undefined);
  return { isRead, wantsHelp, port: Number(values.port), publicUrl: publicUrl ?? '' };
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) < 65_536;

function addressOf(nodeRed: string): string | undefined {
  if (isPort(nodeRed)) return Number(nodeRed) > 0 ? `http://127.0.0.1:${Number(nodeRed)}` : undefined;
  const isAddress = /^https?:\/\//.test(nodeRed) && URL.canParse(nodeRed);
  return isAddress ? nodeRed.replace(/\/+$/, '') : undefined;
}

async function run(port: number, publicUrl: string): Promise<void> {
  const folder = resolve(process.env['SANDBOX_FOLDER'] ?? join(homedir(), '.bitlane-sandbox'));
  const places = await keptPlaces(folder);
  const standIns = await startStandIns({
    ...{ port: await findPort(port), plans: [], editorUrl: () => undefined },
    places,
  });
  const environment = { ...standIns.environment, PUBLIC_URL: publicUrl };
  console.log(
    words.command({
      ...{ shell: forShell(environment), powerShell: forPowerShell(environment) },
      ...{ chat: standIns.chatUrl, calls: standIns.callsUrl, areOthers: places.areOthers },
    }),
  );
  const stop = (): void => {
    standIns.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

function fail(reason: string): void {
  console.error(reason);
  process.exitCode = 1;
}

function main(): void {
  const { isRead, wantsHelp, port, publicUrl } = readWish();
  if (wantsHelp) console.log(usage);
  else if (!isRead) fail(usage);
  else
    run(port, publicUrl).catch((error: unknown) => {
      fail(error instanceof Error ? error.message : String(error));
      // Those that have started would keep it alive.
      process.exit();
    });
}

try {
  main();
} catch (error) {
  fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
}
