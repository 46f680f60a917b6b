import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/core/clock';
import type { Turn } from './answer';
import { stoppedEnd } from './compose';
import { isText } from './events';
import { pauseEvents, resumptionEvents, type Forms } from './forms';
import { createBooks, type Books } from './run-books';
import { stamp } from './run-stamp';
import type { Step, StreamEvent } from './scenario';
import type { FormInit, HumanForm, Message } from './state';
import type { Listener } from './wire';

/** One run of an app. It goes on whether or not anybody listens. */
export interface Run extends Readonly<Omit<Books, 'note'>> {
  /** `workflow_run_id` where there is one. */
  readonly id: string;
  readonly taskId: string;
  readonly turn: Turn;
  /** None for a workflow. */
  readonly message: Message | undefined;
  /** Every event so far, as sent; also those that nobody heard. */
  readonly events: readonly StreamEvent[];
  readonly listeners: number;
  readonly startedAt: number;
  /** Resolves at its end, and already at a pause. */
  readonly settled: Promise<void>;
  /** Resolves when it plays no more. */
  readonly ended: Promise<void>;
  attach: (listener: Listener, until: Until) => void;
  stop: () => void;
}

/** When somebody who listens is let go before the run is over. */
export interface Until {
  event?: string;
  pause: boolean;
}

export interface RunPlace {
  clock: Clock;
  /** Between two pieces of text. */
  paceMs: number;
  forms: Forms;
  /** Aborted when the server stops. */
  signal: AbortSignal;
}

export function startRun(
  turn: Turn,
  steps: readonly Step[],
  message: Message | undefined,
  place: RunPlace,
): Run {
  const now = (): number => place.clock.now();
  const ids = { id: randomUUID(), taskId: randomUUID(), turn, message, startedAt: now() };
  const books = createBooks(turn, message, now);
  const listeners = new Map<Listener, Until>();
  const events: StreamEvent[] = [];
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, place.signal]);
  let form: HumanForm | undefined;
  let noteListener = (): void => undefined;
  let noteSettled = (): void => undefined;
  const settled = new Promise<void>((resolve) => (noteSettled = resolve));

  function happen(plain: StreamEvent): StreamEvent {
    const happened = stamp(plain, ids, now());
    events.push(happened);
    books.note(happened);
    return happened;
  }

  function send(plain: StreamEvent): void {
    const sent = happen(plain);
    for (const [listener, until] of [...listeners]) {
      listener.event(sent);
      if (until.event === sent.event) letGo(listener);
    }
  }

  function letGo(listener: Listener): void {
    listeners.delete(listener);
    listener.end();
  }

  function drop(): void {
    for (const listener of listeners.keys()) listener.drop();
    listeners.clear();
  }

  function orStopped(arm: (goOn: () => void) => unknown): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      arm(resolve);
    });
  }

  async function pause(init: FormInit): Promise<void> {
    form = place.forms.open(init, turn.app, ids.id);
    pauseEvents(form).forEach(send);
    books.status = 'paused';
    for (const [listener, until] of [...listeners]) if (until.pause) letGo(listener);
    noteSettled();
    const { closed } = form;
    await orStopped((goOn) => closed.then(goOn, goOn));
    if (!signal.aborted) books.status = 'running';
  }

  function take(step: Step): Promise<void> | void {
    switch (step.kind) {
      case 'event':
        send(step.event);
        return place.paceMs > 0 && isText(step) ? breathe() : undefined;
      case 'unheard':
        happen(step.event);
        return;
      case 'ping':
        return listeners.forEach((_until, listener) => listener.ping());
      case 'text':
        return listeners.forEach((_until, listener) => listener.text(step.text));
      case 'gate':
        return step.gate.pass(signal);
      case 'drop':
        return drop();
      case 'await-listener':
        return listeners.size > 0 ? undefined : orStopped((goOn) => (noteListener = goOn));
      case 'deafen':
        return listeners.clear();
      case 'hang':
        return orStopped(() => undefined);
      case 'pause':
        return pause(step.form);
      case 'resumed':
        return form ? resumptionEvents(form).forEach(send) : undefined;
    }
  }

  function breathe(): Promise<void> {
    return place.clock.sleep(place.paceMs, signal).catch(() => undefined);
  }

  async function play(): Promise<void> {
    // Whoever asked for the run listens before its first event.
    await Promise.resolve();
    for (const step of steps) {
      if (signal.aborted) break;
      await take(step);
    }
    if (stopping.signal.aborted && books.finishedAt === undefined) {
      stoppedEnd(turn).forEach(send);
      books.status = 'stopped';
    }
    for (const listener of [...listeners.keys()]) letGo(listener);
    noteSettled();
  }

  return {
    ...ids,
    events,
    settled,
    ended: play(),
    get status() {
      return books.status;
    },
    get outputs() {
      return books.outputs;
    },
    get error() {
      return books.error;
    },
    get finishedAt() {
      return books.finishedAt;
    },
    get listeners() {
      return listeners.size;
    },
    attach(listener, until) {
      listeners.set(listener, until);
      listener.onClosed(() => listeners.delete(listener));
      noteListener();
    },
    stop: () => stopping.abort(),
  };
}
