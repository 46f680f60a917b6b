import type { NodeAPI } from 'node-red';
import { RefusedError } from '../../lib/core/errors';
import { eventKinds, type EventKind } from '../../lib/bitrix24/events/event';
import type { FilterRules } from '../../lib/bitrix24/events/event-filter';
import { tokenNames, type TokenName } from '../../lib/bitrix24/events/event-tokens';
import type { Delivery, DeliveryEnd, Reader, ReaderRules } from '../../lib/bitrix24/events/reader';
import { readChoice } from '../../lib/bitrix24/reply/choice-memory';
import { botTroubles } from '../runtime/bot/bot-troubles';
import { flowTrackerOf } from '../runtime/flow-tracker';
import { flowsPhaseOf } from '../runtime/flows-phase';
import { botKind, portalKind } from '../runtime/kinds';
import { overview, troubleOf, type Trouble } from '../runtime/overview';
import type { StartNode } from '../runtime/register-node';
import type { Settings } from '../runtime/settings';
import type { OutgoingMessage, Shell } from '../runtime/shell';
import { hideTyping, showTyping } from '../runtime/typing';
import { watchBacklog } from './backlog-status';
import { createFlowStarter, finishings } from './flow-starter';
import { withFileNames } from './file-names';
import { messageFor } from './message';
import { watchPeople } from './people';
import { createSessionNoter } from './session-noter';

const conversation: readonly EventKind[] = ['message', 'command', 'join'];

export const start: StartNode = (RED, shell) => {
  const hub = shell.use(portalKind, 'portal');
  const bot = shell.useOptional(botKind, 'bot');
  const filters = readFilters(shell.settings);
  const people = watchPeople(shell, hub.store, filters);
  const noteSession = createSessionNoter(shell, hub);
  const board = watchBacklog(shell, () => hub.backlog(reader));
  const startFlow = flowStarterOf(RED, shell);
  const joinQuery = shell.settings.text('joinQuery');
  const { id, name } = shell;

  let inHand = 0;

  async function hand(delivery: Delivery): Promise<DeliveryEnd> {
    inHand += 1;
    try {
      noteSession(delivery.event);
      if (await people.have(delivery.event)) return { how: 'finished' };
      // What comes again may be answered already.
      if (!delivery.event.redelivered) showTyping(delivery.event);
      const event = await withFileNames(hub, delivery.event, shell.signal);
      const choice = await readChoice(hub.store, event);
      // Replaced meanwhile: the node that came in its place is given the event.
      if (shell.signal.aborted) return { how: 'interrupted' };
      const named = { ...delivery, event };
      const message = messageFor(named, choice, joinQuery);
      const end = await startFlow(message, named);
      if (end.how === 'finished') board.onFinished();
      return end;
    } catch (thrown) {
      // What the closing of the node has broken off is nobody's fault.
      if (shell.signal.aborted) return { how: 'interrupted' };
      throw thrown;
    } finally {
      inHand -= 1;
      hideTyping(delivery.event.eventId);
    }
  }

  const reader: Reader = {
    rules: readRules(shell.settings),
    hand,
    onDead({ reason, attempts }) {
      const params = { reason, attempts };
      shell.report(new RefusedError('EVENT_DEAD', `an event was given up: ${reason}`, { params }));
    },
  };
  shell.onClose(
    hub.subscribe({
      botCode: bot?.code,
      passTokens: readPassedTokens(shell.settings),
      keeps(event) {
        // What is dropped tells of a session as well: the words of whoever has taken the dialog over.
        noteSession(event);
        return people.leave(event);
      },
      reader,
      onRival: (rivals) => board.onRival(rivals),
    }),
  );
  shell.onClose(botTroubles.watch(bot ?? hub, (error) => board.onBot(error)));
  const trouble = (): Trouble | undefined => {
    const error = board.trouble();
    return error && troubleOf(error);
  };
  shell.onClose(
    overview.add(
      'reader',
      async () => {
        const { waiting = 0, running = 0, oldestMs } = (await hub.backlog(reader)) ?? {};
        const isShared = (await hub.store()).instances !== undefined;
        return { id, name, waiting, running, oldestMs, isShared, trouble: trouble() };
      },
      {
        ...{ id, name },
        brief: () => {
          return { id, name, waiting: 0, running: inHand, oldestMs: undefined, trouble: trouble() };
        },
      },
    ),
  );
  return {};
};

function flowStarterOf(RED: NodeAPI, shell: Shell) {
  const { settings, id, name } = shell;
  const options = {
    tracker: flowTrackerOf(RED),
    phase: flowsPhaseOf(RED),
    finish: settings.choice('finish', finishings),
    timeoutMs: settings.number('flowTimeoutSeconds', 600, { min: 1 }) * 1000,
    label: name === '' ? `bitrix-in (${id})` : `bitrix-in "${name}" (${id})`,
  };
  const toFirst = createFlowStarter({ ...options, emit: (message) => shell.emit([message, null]) });
  const toSecond = createFlowStarter({
    ...options,
    // Other events are rarely answered.
    finish: options.finish === 'reply' ? 'flow' : options.finish,
    emit: (message) => shell.emit([null, message]),
  });
  return (message: OutgoingMessage, delivery: Delivery): Promise<DeliveryEnd> =>
    conversation.includes(delivery.event.kind) ? toFirst(message, delivery) : toSecond(message, delivery);
}

function readFilters(settings: Settings): FilterRules {
  const wanted = settings.list('kinds', conversation);
  return {
    kinds: new Set(eventKinds.filter((kind) => wanted.includes(kind))),
    dropBots: settings.flag('dropBots', true),
    dropSystem: settings.flag('dropSystem', true),
    dropStaff: settings.flag('dropStaff', true),
    dropHandedOver: settings.flag('dropHandedOver', true),
  };
}

function readRules(settings: Settings): ReaderRules {
  return {
    batchMs: settings.number('batchSeconds', 0) * 1000,
    batchMaxMs: settings.number('batchMaxSeconds', 30) * 1000,
    maxDialogs: settings.number('maxDialogs', 100, { min: 1 }),
    attempts: settings.number('attempts', 3, { min: 1 }),
  };
}

function readPassedTokens(settings: Settings): readonly TokenName[] {
  const wanted = settings.list('passTokens', []);
  return tokenNames.filter((name) => wanted.includes(name));
}
