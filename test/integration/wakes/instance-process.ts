// An instance of ours in a process of its own, which may die or stand still: does with each event what its text says,
// and tells of it in lines.
import { createInterface } from 'node:readline';
import { openOn } from '../store/redis-bench';
import { instanceOn, quickTimes, readerThat } from './inbox-bench';

const [, , url = '', deadAfterMs = ''] = process.argv;
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const waiting: (() => void)[] = [];

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'go') for (const goOn of waiting.splice(0)) goOn();
});

async function live(): Promise<void> {
  const times = { beatMs: 50, deadAfterMs: Number(deadAfterMs) };
  const store = await openOn(url, { ...times, wakeTimes: quickTimes });
  const reader = readerThat(async ({ text, attempt = 0 }, { isOurs }) => {
    tell(`HANDED ${text} ${attempt}`);
    if (text === 'deadly' || (text === 'deadly twice' && attempt <= 2)) process.kill(process.pid, 'SIGKILL');
    if (text === 'long') await new Promise<void>((resolve) => waiting.push(resolve));
    tell(`OURS ${text} ${String(await isOurs?.())}`);
    return { how: 'finished' };
  });
  instanceOn(store, reader);
  tell('READY');
}

live().catch((failure: unknown) => {
  tell(`FAILED ${String(failure)}`);
  process.exit(1);
});
