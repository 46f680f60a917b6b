#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { findPort } from './free-port';
import { startStandIns } from './stand-ins';

const usualPort = 1881;
const usage = `Usage: npx @bitlane/node-red-bitrix24 sandbox [--port ${usualPort}]

Starts stand-ins of Bitrix24, Dify, Typebot and SpeechSense on this machine, with a chat page
and a page of calls, and prints the environment variables by which a Node-RED reaches them.

  --port <number>  of the two pages; another one is taken when it is in use
  --help           this text
`;

interface Wish {
  isRead: boolean;
  wantsHelp: boolean;
  port: number;
}

function readWish(): Wish {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string', default: String(usualPort) }, help: { type: 'boolean', short: 'h' } },
  });
  const port = Number(values.port);
  const wantsHelp = values.help === true || positionals.length === 0;
  const isCommand = positionals.length === 1 && positionals[0] === 'sandbox';
  const isPort = Number.isInteger(port) && port >= 0 && port < 65_536;
  return { isRead: wantsHelp || (isCommand && isPort), wantsHelp, port };
}

async function run(port: number): Promise<void> {
  const standIns = await startStandIns({ port: await findPort(port), plans: [], editorUrl: () => undefined });
  const environment = { ...standIns.environment, PUBLIC_URL: 'http://127.0.0.1:1880' };
  console.log('Set these for your Node-RED on this machine, and start it again:\n');
  for (const [name, value] of Object.entries(environment)) console.log(`${name}=${value}`);
  console.log('\nPUBLIC_URL is the address of your Node-RED: change it when that is another one.');
  console.log('Import the examples of the package in its editor and deploy. Then open:\n');
  console.log(`The chat:   ${standIns.chatUrl}`);
  console.log(`The calls:  ${standIns.callsUrl}`);
  console.log('\nCtrl+C ends it all. The variables are others at the next start.');
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
  const { isRead, wantsHelp, port } = readWish();
  if (wantsHelp) console.log(usage);
  else if (!isRead) fail(usage);
  else run(port).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
}

try {
  main();
} catch (error) {
  fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
}
