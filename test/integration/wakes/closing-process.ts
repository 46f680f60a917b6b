// An instance of ours in a process of its own, which closes when it is told and ends when nothing holds it any more.
import { once } from 'node:events';
import { openOn } from '../store/redis-bench';
import { instanceOn, readerThat, say } from './inbox-bench';

/** Whatever is left of it would hold the process for longer than anybody waits. */
const hour = 3_600_000;

async function live(): Promise<void> {
  const store = await openOn(process.argv[2] ?? '', { wakeTimes: { lock: hour, stalledEvery: hour } });
  let hear = (): void => undefined;
  const heard = new Promise<void>((resolve) => (hear = resolve));
  const inbox = instanceOn(
    store,
    readerThat(async ({ text }) => {
      hear();
      // In hand when the store is closed.
      if (text === 'long') await once(store.closed, 'abort');
      return { how: 'finished' };
    }),
  );
  await say(inbox, 'chat1', 'long');
  await heard;
  process.stdout.write('READY\n');
  process.stdin.once('data', () => {
    process.stdin.destroy();
    store.close().then(
      () => process.stdout.write('CLOSED\n'),
      () => process.exit(1),
    );
  });
}

live().catch(() => process.exit(1));
