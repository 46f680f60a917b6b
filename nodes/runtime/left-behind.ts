import { readdir } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import { BitlaneError, InvalidError, toError } from '../../lib/core/errors';
import { QUEUE_PREFIX } from '../../lib/conversation/inbox/stored-event';
import { explain } from './explain';
import { flowsPhaseOf } from './flows-phase';
import { isIntakeOpen } from './intakes';
import type { Shell } from './shell';
import { waitingFolders, waitingPrefix } from './stand-in';
import { leaseStore, storeFolder, type StoreOffer } from './stores';

interface Voice extends Pick<Shell, 'log' | 'translate'> {
  report(error: Error): void;
}

/** Those who can tell of it: store nodes before portals, as it is their matter. */
const voices = { store: new Set<Voice>(), portal: new Set<Voice>() };
let looking: Promise<void> | undefined;

/**
 * Has this node tell, once for the process and each deploy, of events that were acknowledged and kept in a folder that
 * nobody empties any more: their store node was deleted, or no portal node uses it.
 */
export function tellOfLeftEvents(
  RED: NodeAPI,
  shell: Shell,
  store: Pick<StoreOffer, 'onState'>,
  role: keyof typeof voices,
): void {
  let told: Error | undefined;
  const { log, translate } = shell;
  const report = (error: Error): void => shell.report((told = error));
  const voice: Voice = { log, translate, report };
  voices[role].add(voice);
  shell.onClose(() => void voices[role].delete(voice));
  // A store that is opened meanwhile turns the status green.
  shell.onClose(store.onState(({ state }) => state === 'ready' && told && shell.status.fail(told)));
  looking ??= lookOnceSettled(RED).finally(() => (looking = undefined));
}

async function lookOnceSettled(RED: NodeAPI): Promise<void> {
  await flowsPhaseOf(RED).settled();
  for (const name of await foldersIn(storeFolder(RED, waitingFolders))) {
    const folder = `${waitingFolders}/${name}`;
    if (isIntakeOpen(storeFolder(RED, folder))) continue;
    try {
      const count = await eventsIn(RED, folder);
      if (count > 0) tell((voice) => voice.report(leftBehind(folder, count)));
    } catch (thrown) {
      // Another Node-RED with this user folder takes care of it.
      if (thrown instanceof BitlaneError && thrown.code === 'STORE_LOCKED') continue;
      tell(({ log, translate }) => log(`${folder}: ${explain(toError(thrown), translate, '').message}`));
    }
  }
}

function tell(how: (voice: Voice) => void): void {
  const [voice] = [...voices.store, ...voices.portal];
  if (voice) how(voice);
}

async function foldersIn(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(waitingPrefix))
    .map(({ name }) => name);
}

/** Counting them takes no key. */
async function eventsIn(RED: NodeAPI, folder: string): Promise<number> {
  const { source, release } = leaseStore(RED, { folder });
  try {
    let count = 0;
    for await (const { waiting, claimed } of (await source()).queues(QUEUE_PREFIX))
      count += waiting + claimed;
    return count;
  } finally {
    await release();
  }
}

const leftBehind = (folder: string, count: number): InvalidError =>
  new InvalidError('STORE_LEFT_BEHIND', `${count} events wait in ${folder} for a store that nobody uses`, {
    params: { folder, count },
  });
