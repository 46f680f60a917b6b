// A process that leases a store, writes, and ends in the way that it is told: as Node-RED does, by itself, or in
// the middle of its work.
import { createStoreLeases } from '../../../lib/store/leases';

const [, , folder = '', ending = ''] = process.argv;

async function live(): Promise<void> {
  const lease = createStoreLeases().lease({ folder });
  const seen: string[] = [];
  lease.onState((condition) => {
    if (condition.state === 'ready') seen.push(...condition.notices.map(({ code }) => code));
  });
  const store = await lease.source();
  const runs = Number((await store.get('runs')) ?? 0) + 1;
  await store.set('runs', runs, { sealed: true });
  console.log(`RUN ${runs} ${seen.join()}`);
  if (ending === 'in-the-middle') process.exit(0);
  await lease.release();
  if (ending === 'in-order') process.exit(0);
}

live().catch((failure: unknown) => {
  console.log(`FAILED ${String(failure)}`);
  process.exit(1);
});
