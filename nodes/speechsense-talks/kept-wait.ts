import type { NodeAPI } from 'node-red';
import { systemClock, startTimer } from '../../lib/core/clock';
import { CancelledError, toError } from '../../lib/core/errors';
import { createLanes } from '../../lib/core/lanes';
import { createTurns } from '../../lib/core/turns';
import { viewOfTalk } from '../../lib/speechsense/talk-view';
import { createWaitingTalks, type WaitingTalk } from '../../lib/speechsense/waiting-talks';
import { flowsPhaseOf } from '../runtime/flows-phase';
import type { Emit, Message, OutgoingMessage, Shell } from '../runtime/shell';
import { storeOfNode } from '../runtime/store-of-node';
import { createRowFlow } from '../runtime/sync/row-flow';
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

/** Of the process: after a deploy, what an earlier node has handed out may still be under way. */
const turns = createTurns();

/**
 * Waits outlive deploys and restarts. A message ends as soon as its talk is noted; the results start a message of its
 * own, and the note goes when that message's flow has ended.
 */
export function createKeptWait(RED: NodeAPI, shell: Shell, desk: TalksDesk, limitMs: number): KeptWait {
  const { client, view } = desk;
  const { source: store } = storeOfNode(RED, shell);
  const talks = createWaitingTalks({ store, owner: shell.id, keepMs: limitMs + spareMs });
  const phase = flowsPhaseOf(RED);
  const lanes = createLanes(mostWaiting);
  const outcomes = new WeakMap<object, Analysed>();
  const waiting = new Set<string>();
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
      const count = waiting.size;
      if (count === 0 && shell.status.now().error) return;
      if (count === 0) shell.status.show('ready');
      else shell.status.show('waiting', shell.translate('speechsense-talks.status.waiting', { count }));
    });
  }

  /** Until it is handed out. A store that is away comes back. */
  async function see(talkId: string): Promise<void> {
    waiting.add(talkId);
    show();
    const turn = await turns.take([`${shell.id}\n${talkId}`], shell.signal);
    try {
      while (!(await isOver(talkId))) continue;
    } finally {
      turn.release();
      waiting.delete(talkId);
      show();
    }
  }

  async function isOver(talkId: string): Promise<boolean> {
    try {
      const talk = await talks.find(talkId);
      return !talk || (await bring(talk));
    } catch (thrown) {
      if (shell.signal.aborted) throw new CancelledError();
      shell.status.fail(toError(thrown));
      await systemClock.sleep(troubleMs, shell.signal);
      return false;
    }
  }

  async function bring(talk: WaitingTalk): Promise<boolean> {
    await systemClock.sleep(talk.notBefore - systemClock.now(), shell.signal);
    const analysed = await awaitAnalysis(talk, { desk, signal: shell.signal, limitMs, onTrouble });
    const message: OutgoingMessage = { ...talk.message };
    outcomes.set(message, analysed);
    const end = await startFlow(message, shell.signal);
    if (end.how === 'interrupted') {
      await phase.settled();
      return shell.signal.aborted;
    }
    const pauseMs = end.how === 'failed' && !end.isFinal ? pausesMs[talk.tries] : undefined;
    if (pauseMs === undefined) await talks.remove(talk.talkId);
    else await talks.later(talk, pauseMs);
    return pauseMs === undefined;
  }

  async function takeUp(): Promise<void> {
    await phase.settled();
    for (const talkId of await talks.talkIds()) {
      if (!waiting.has(talkId)) lanes.run(() => see(talkId), shell.signal).catch(() => undefined);
    }
    show();
  }

  let stopRetry = (): void => undefined;
  function takeUpPatiently(): void {
    takeUp().catch(() => {
      if (!shell.signal.aborted) stopRetry = startTimer(systemClock, troubleMs, takeUpPatiently);
    });
  }
  shell.onClose(() => stopRetry());
  takeUpPatiently();

  /** Resolves when the talk is noted. */
  function note(talkId: string, message: Message): Promise<void> {
    return new Promise((resolve, reject) => {
      const work = async (): Promise<void> => {
        const isNew = await talks.add(talkId, keptMessage(message));
        resolve();
        show();
        if (isNew && !shell.signal.aborted) await see(talkId);
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
