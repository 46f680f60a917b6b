import { startTimer, type Clock } from '../core/clock';
import type { HiddenTexts } from '../core/hidden-texts';
import type { AnswerBuilder } from './answer';
import type { ApiStream } from './api';
import { readEvent, readWholeAnswer, type DifyEvent } from './events';
import { unusableAnswer } from './outage';
import { factsOf, refusalOf } from './refusal';
import type { RunGuard } from '../core/run-guard';

/** Reads what a run says into its answer, one stream at a time. */
export interface Listening {
  /** Until the answer is whole or the stream is at its end. */
  to(stream: ApiStream): Promise<void>;
  isOpen(): boolean;
  /** Ends the stream that is read: what it did not say was learnt in another way. */
  hangUp(): void;
  wasHungUp(): boolean;
}

export interface ListeningOptions {
  readonly clock: Clock;
  readonly guard: RunGuard;
  readonly onEvent: (event: DifyEvent) => void;
  readonly hiding: HiddenTexts;
}

/** How long the last event but one is waited on for the last. */
const endGraceMs = 2000;

export function createListening(builder: AnswerBuilder, options: ListeningOptions): Listening {
  const { clock, guard, onEvent } = options;
  let current: Extract<ApiStream, { close: () => void }> | undefined;
  let hungUp = false;

  async function read({ events, close }: NonNullable<typeof current>): Promise<void> {
    let liftGrace: (() => void) | undefined;
    const take = (event: DifyEvent): void => {
      builder.take(event);
      onEvent(event);
      if (event.kind === 'ping') return;
      liftGrace?.();
      liftGrace = builder.isEnding() ? startTimer(clock, endGraceMs, close) : undefined;
    };
    try {
      for await (const records of events) {
        for (const record of records) {
          const event = readEvent(record);
          if (event) take(event);
          if (builder.isOver()) return;
        }
      }
    } catch (error) {
      // The connection ended without a farewell, but behind the last word.
      const isEnough = builder.hasEnded() && !guard.signal.aborted;
      if (!isEnough) throw error;
    } finally {
      liftGrace?.();
      close();
    }
  }

  return {
    async to(stream) {
      if ('json' in stream) return takeWhole(stream.json, builder, options);
      current = stream;
      try {
        await read(stream);
      } finally {
        current = undefined;
      }
    },
    isOpen: () => current !== undefined,
    hangUp() {
      hungUp = true;
      current?.close();
    },
    wasHungUp: () => hungUp,
  };
}

function takeWhole(json: unknown, builder: AnswerBuilder, { hiding, onEvent }: ListeningOptions): void {
  const events = readWholeAnswer(json);
  if (events.length === 0) {
    const facts = factsOf(json, 500);
    if (facts.serviceCode !== undefined) throw refusalOf('run', facts, hiding);
    throw unusableAnswer('run', 'the answer is JSON, but none of Dify');
  }
  for (const event of events) {
    builder.take(event);
    onEvent(event);
  }
}
