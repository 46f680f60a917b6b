import type { Delivery, DeliveryEnd } from '../../lib/bitrix24/events/reader';
import { announceDelivery } from '../runtime/deliveries';
import type { FlowFault, FlowOutcome, FlowTracker } from '../runtime/flow-tracker';
import type { FlowsPhase } from '../runtime/flows-phase';
import type { OutgoingMessage } from '../runtime/shell';

/** When an event counts as dealt with. */
export const finishings = ['flow', 'reply', 'now'] as const;
export type Finishing = (typeof finishings)[number];

export interface FlowStarterOptions {
  tracker: FlowTracker;
  phase: FlowsPhase;
  finish: Finishing;
  timeoutMs: number;
  /** Names the node in a log. */
  label: string;
  emit: (message: OutgoingMessage) => void;
}

/** A flow that runs in a circle ends some time, however busy it is. */
const CAPS = 6;
const LEAST_CAP_MS = 60 * 60_000;

export type FlowStarter = (message: OutgoingMessage, delivery: Delivery) => Promise<DeliveryEnd>;

/** Starts a flow and resolves when it is over, in the sense of `finish`. */
export function createFlowStarter(options: FlowStarterOptions): FlowStarter {
  const { tracker, finish, timeoutMs, label, emit } = options;
  const limits = { timeoutMs, hardCapMs: Math.max(timeoutMs * CAPS, LEAST_CAP_MS) };

  const announce = ({ event, isOurs }: Delivery, replied: () => void): (() => void) =>
    announceDelivery(event.eventId, { attempt: event.attempt, replied, isOurs });

  const untilFlowEnds = (message: OutgoingMessage, delivery: Delivery): Promise<DeliveryEnd> =>
    new Promise((resolve) => {
      const forget = announce(delivery, () => undefined);
      const onEnd = (outcome: FlowOutcome): void => {
        forget();
        resolve(endOf(outcome));
      };
      tracker.track(message, { label, ...limits, onEnd });
      emit(message);
    });

  /** What comes back by way of a timer, a queue or another system has long left the flow that asked for it. */
  const untilReply = (message: OutgoingMessage, delivery: Delivery): Promise<DeliveryEnd> =>
    new Promise((resolve) => {
      const finished = (): void => end({ how: 'finished' });
      const flow = tracker.track(message, {
        label,
        ...limits,
        onEnd(outcome) {
          if (outcome.how !== 'finished') end(endOf(outcome));
          else waitOn();
        },
      });
      const forget = announce(delivery, () => (flow.finishNow(), finished()));
      let stopWaiting = (): void => undefined;
      function waitOn(): void {
        if (!options.phase.isSettled()) return end({ how: 'interrupted' });
        const limit = setTimeout(finished, timeoutMs);
        limit.unref();
        // Whether the reply was still to come nobody knows; what was sent before is not sent again.
        const leave = options.phase.watch((isSettled) => {
          if (!isSettled) end({ how: 'interrupted' });
        });
        stopWaiting = () => {
          clearTimeout(limit);
          leave();
        };
      }
      function end(how: DeliveryEnd): void {
        forget();
        stopWaiting();
        resolve(how);
      }
      emit(message);
    });

  return async (message, delivery) => {
    if (finish === 'flow') return untilFlowEnds(message, delivery);
    if (finish === 'reply') return untilReply(message, delivery);
    emit(message);
    return { how: 'finished' };
  };
}

function endOf({ how, error }: FlowOutcome): DeliveryEnd {
  if (how === 'interrupted') return { how };
  if (how !== 'failed') return { how: 'finished' };
  const reason = [error?.code, error?.message].filter((text) => text !== undefined).join(': ');
  return {
    how: 'failed',
    reason: reason || 'an error in the flow',
    isFinal: error !== undefined && isFinal(error),
  };
}

/** A bot that began to work before it failed may have done so with lasting effect: another try would be a second run. */
function isFinal({ code = '', isUnclear = false }: FlowFault): boolean {
  return (
    code === 'DIFY_FAILED' || code === 'TYPEBOT_FAILED' || (isUnclear && /^(?:DIFY|TYPEBOT)_/.test(code))
  );
}
