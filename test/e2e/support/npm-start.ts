import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Language } from '../../../sandbox/web/language';
import { repository } from './matrix';
import { waitUntil } from './wait-until';

/** How the lines of the addresses begin. */
const titles: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: { editor: 'The editor', chat: 'The chat', calls: 'The calls' },
  ru: { editor: 'Редактор', chat: 'Чат', calls: 'Звонки' },
};

/** A program that prints the addresses of its pages as `npm start` does. */
export interface PrintingProgram {
  readonly output: string;
  /** `chat`, `calls` or `editor`. */
  address(page: string): string;
  /** As Ctrl+C does; resolves to its exit code. */
  stop(): Promise<number | null>;
}

export async function startPrinting(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; seconds?: number; language?: Language },
): Promise<PrintingProgram> {
  const { cwd, seconds, language = 'en' } = options;
  // Whatever the language of the machine that tests.
  const env = { ...options.env, SANDBOX_LANGUAGE: language };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const addressOf = (page: string): string | undefined =>
    new RegExp(`^${titles[language][page] ?? page}: +(http://\\S+)$`, 'm').exec(output)?.[1];
  try {
    await waitUntil(
      'the addresses of the pages',
      () => {
        if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode}:\n${output}`);
        return addressOf('calls') !== undefined && output.includes('Ctrl+C');
      },
      seconds,
    );
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    get output() {
      return output;
    },
    address(page) {
      const found = addressOf(page);
      if (found === undefined) throw new Error(`no address of the ${page}:\n${output}`);
      return found;
    },
    stop: () => end(child),
  };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode;
  const exited = once(child, 'exit');
  const tooLate = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(tooLate);
  return child.exitCode;
}

export interface NpmStart {
  readonly userFolder: string;
  /** What `npm start` does when the pack is built. */
  start(): Promise<PrintingProgram>;
  remove(): Promise<void>;
}

/** On free ports and with a folder of its own, so that nobody's sandbox is in the way. */
export async function createNpmStart(): Promise<NpmStart> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-start-'));
  const userFolder = join(folder, 'user');
  const env = { ...process.env, PORT: '0', SANDBOX_PORT: '0', SANDBOX_FOLDER: userFolder };
  return {
    userFolder,
    start: () => startPrinting(['--import', 'tsx', 'sandbox/start.ts'], { cwd: repository, env }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
