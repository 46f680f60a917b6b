import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { CancelledError, toError } from '../../lib/core/errors';
import { createLanes } from '../../lib/core/lanes';
import { createTurns } from '../../lib/core/turns';
import { unlessAborted } from '../../lib/core/unless-aborted';
import { viewOfTalk } from '../../lib/speechsense/talk-view';
import { createWaitingNews } from '../../lib/speechsense/waiting-news';
import { createWaitingTalks, type WaitingTalk } from '../../lib/speechsense/waiting-talks';
import { runAlone } from '../../lib/store/alone';
import type { Hold } from '../../lib/store/store';
import { flowsPhaseOf } from '../runtime/flows-phase';
import type { Emit, Message, OutgoingMessage, Shell } from '../runtime/shell';
import { storeOfNode } from '../runtime/store-of-node';
import { createRowFlow } from '../runtime/sync/row-flow';
import { createInHand } from './in-hand';
import { awaitAnalysis, failureOfFlow, mendedWithinMs, type Analysed } from './kept-outcome';
import { keptMessage } from './kept-message';
import { noteTalks, oneTalk, type TalksDesk } from './talks-desk';

export interface KeptWait {
  onMessage(message: Message, flow: { emit: Emit; signal: AbortSignal }): Promise<void>;
}

/** More have to wait in front of the node: whoever sends them is slowed down to what the service's quota allows. */
const mostWaiting = 10_000;
const DAY_MS = 24 * 3600_000;
/** For results that cannot be handed out at once. */
const spareMs = 7 * DAY_MS;
const pausesMs = [60_000, 10 * 60_000, 3600_000];
const troubleMs = 5000;
/** How often the one who watches looks for talks that others have noted, and for those that nobody was told of. */
const newsMs = 1000;
const searchMs = 10 * 60_000;

const turns = createTurns();

/** The time in which this process is the one that watches the talks of the node. */
interface Watch {
  readonly signal: AbortSignal;
  readonly hold: Hold;
}

/**
 * Waits outlive deploys and restarts. A message ends as soon as its talk is noted; the results start a message of its
 * own, and the note goes when that message's flow has ended. Of several processes with the same flows one watches the
 * talks of all, and the results start where it is.
 */
export function createKeptWait(RED: NodeAPI, shell: Shell, desk: TalksDesk, limitMs: number): KeptWait {
  const { client, view } = desk;
  const { source: store } = storeOfNode(RED, shell);
  const talks = createWaitingTalks({ store, owner: shell.id, keepMs: limitMs + spareMs });
  const news = createWaitingNews(store, shell.id, systemClock);
  const phase = flowsPhaseOf(RED);
  const lanes = createLanes(mostWaiting);
  const outcomes = new WeakMap<object, Analysed>();
  const waiting = createInHand(see, show);
  const startFlow = createRowFlow({
    RED,
    label: `speechsense-talks (${shell.id})`,
    // By the front door, so that an error is one of this message, for Catch nodes as well.
    emit: (message) => receive(RED, shell.id, message),
    failureOf: failureOfFlow,
  });

  let quietUntil = 0;
  /** Once for all talks that wait. */
  function onTrouble(error: Error): void {
    if (systemClock.now() < quietUntil) return;
    quietUntil = systemClock.now() + mendedWithinMs;
    shell.report(error);
  }

  function show(): void {
    // After the word that the end of a message shows.
    setImmediate(() => {
      const count = waiting.size();
      if (count === 0 && shell.status.now().error) return;
      if (count === 0) shell.status.show('ready');
      else shell.status.show('waiting', shell.translate('speechsense-talks.status.waiting', { count }));
    });
  }

  /** Until it is handed out. A store that is away comes back. */
  async function see(talkId: string, watch: Watch): Promise<void> {
    // Of the process: after a deploy, what an earlier node has handed out may still be under way.
    const turn = await turns.take([`${shell.id}\n${talkId}`], watch.signal);
    try {
      while (!(await isOver(talkId, watch))) continue;
    } finally {
      turn.release();
    }
  }

  async function isOver(talkId: string, watch: Watch): Promise<boolean> {
    try {
      const talk = await talks.find(talkId);
      return !talk || (await bring(talk, watch));
    } catch (thrown) {
      if (watch.signal.aborted) throw new CancelledError();
      shell.status.fail(toError(thrown));
      await systemClock.sleep(troubleMs, watch.signal);
      return false;
    }
  }

  async function bring(talk: WaitingTalk, { signal, hold }: Watch): Promise<boolean> {
    await systemClock.sleep(talk.notBefore - systemClock.now(), signal);
    const analysed = await awaitAnalysis(talk, { desk, signal, limitMs, onTrouble });
    // One that stood still for long learns here that another one has gone on.
    if (!(await hold.isOurs())) throw new CancelledError();
    const message: OutgoingMessage = { ...talk.message };
    outcomes.set(message, analysed);
    const end = await startFlow(message, shell.signal);
    if (end.how === 'interrupted') {
      await phase.settled();
      return signal.aborted;
    }
    const pauseMs = end.how === 'failed' && !end.isFinal ? pausesMs[talk.tries] : undefined;
    if (pauseMs === undefined) await talks.remove(talk.talkId);
    else if (await hold.isOurs()) await talks.later(talk, pauseMs);
    return pauseMs === undefined;
  }

  function takeUp(talkIds: readonly string[], watch: Watch): void {
    for (const talkId of talkIds)
      lanes.run(() => waiting.take(talkId, watch), watch.signal).catch(() => undefined);
  }

  let watch: Watch | undefined;
  async function watchAll(signal: AbortSignal, hold: Hold): Promise<void> {
    const own: Watch = { signal, hold };
    watch = own;
    // A node that goes before its flows have started gives its place up at once: they start when it is gone.
    await unlessAborted(phase.settled(), signal);
    let searchedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const pauseMs = await look(own).then(
        () => newsMs,
        () => troubleMs,
      );
      await systemClock.sleep(pauseMs, signal);
    }

    async function look(own: Watch): Promise<void> {
      const now = performance.now();
      if (now - searchedAt >= searchMs) {
        takeUp(await talks.talkIds(), own);
        searchedAt = now;
        show();
      }
      if (waiting.size() < mostWaiting) takeUp(await news.take(), own);
    }
  }

  const watching = runAlone({
    ...{ store, name: `speechsense:waiting:${shell.id}`, clock: systemClock, work: watchAll },
    signal: shell.signal,
  }).catch(() => undefined);
  shell.onClose(() => watching);

  /** Resolves when the talk is noted, and whoever watches is going to know of it. */
  function note(talkId: string, message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const work = async (): Promise<void> => {
        const isNew = await talks.add(talkId, keptMessage(message));
        const own = watch?.signal.aborted === false ? watch : undefined;
        if (!own) await news.tell(talkId, shell.signal);
        resolve();
        show();
        if (own && isNew) await waiting.take(talkId, own);
      };
      lanes.run(work, shell.signal).catch(reject);
    });
  }

  return {
    async onMessage(message, { emit }) {
      const analysed = outcomes.get(message);
      if (!analysed) return note(await oneTalk(desk, message), message);
      show();
      const { talkId, outcome } = analysed;
      if (outcome instanceof Error) throw outcome;
      message.payload = viewOfTalk(outcome, view);
      noteTalks(message, { talkId, connectionId: client.connectionId });
      emit(message);
    },
  };
}

function receive(RED: NodeAPI, nodeId: string, message: OutgoingMessage): void {
  RED.nodes.getNode(nodeId).receive(message);
}
