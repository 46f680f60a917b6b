import { createPersonBook } from '../../lib/conversation/handover/person-book';
import { systemClock } from '../../lib/core/clock';
import { toError } from '../../lib/core/errors';
import { actInLine, type LineOrder, type LineOutcome } from '../../lib/bitrix24/lines/act-in-line';
import { chatOfLine } from '../../lib/bitrix24/lines/line-act';
import { createAnswerTurns } from '../../lib/bitrix24/reply/answer-turns';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import type { StoreSource } from '../../lib/store/store';
import { againAfterDeploy } from '../runtime/bot/again-after-deploy';
import { lineDialogOf, notePerson } from '../runtime/bot/line-dialog';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import { noteReply } from '../runtime/deliveries';
import { flowsPhaseOf } from '../runtime/flows-phase';
import { botKind, bots } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';
import { readLineOrder } from './line-order';

/** Of the process: a deploy makes new nodes, and what the old ones were doing goes on. */
const turns = createAnswerTurns();

/** A person had the dialog before the node came to it. */
const taken: LineOutcome = { state: 'already', unsaid: undefined };

export const start: StartNode = (RED, shell) => {
  const phase = flowsPhaseOf(RED);
  const chosen = shell.useOptional(botKind, 'bot');
  const readOrder = readLineOrder(shell);

  /** What went well is not undone because nobody can remember it. */
  async function remember({ act }: LineOrder, bitrix: unknown, store: StoreSource): Promise<void> {
    const dialog = lineDialogOf(bitrix);
    if (!dialog || act.do === 'silent') return;
    const isOver = act.do === 'finish';
    await (isOver ? createPersonBook(store).noteReturned(dialog) : notePerson(store, bitrix));
  }

  return {
    async onMessage(message, { emit, signal }) {
      const { bitrix } = message;
      const target = readReplyTarget(bitrix);
      const { eventId } = target;
      // Before anything is waited for: messages of one event are told apart by the order in which they came.
      const place = eventId === undefined ? 0 : turns.place(shell.id, { ...target, eventId });
      chatOfLine(target);
      const order = await readOrder(message);
      const onNotice = (notice: unknown): void => {
        // A store that closes with the node is nothing to mend.
        if (!signal.aborted) shell.warn(toError(notice));
      };
      const work = async (inDialog: AbortSignal): Promise<LineOutcome> => {
        const found = findSpeaker(target, chosen, bots);
        const outcome = await actInLine(order, {
          ...found,
          ...{ target, nodeId: shell.id, place, turns, onNotice },
          clock: systemClock,
          signal: inDialog,
        });
        await remember(order, bitrix, found.store).catch(onNotice);
        return outcome;
      };
      const inTime = (inDialog: AbortSignal): Promise<LineOutcome> =>
        eventId === undefined ? work(inDialog) : againAfterDeploy(() => work(inDialog), phase, inDialog);
      const isForBot = order.act.do !== 'silent';
      const { state, unsaid } =
        (await (isForBot ? whileBotHasDialog(bitrix, signal, inTime) : inTime(signal))) ?? taken;
      if (isForBot && eventId !== undefined) noteReply(eventId);
      message.openline = { action: order.act.do, state };
      emit(message);
      return unsaid;
    },
  };
};
