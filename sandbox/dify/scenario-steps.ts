import { isMap } from '../shared/params';
import type { Turn } from './answer';
import { event, isEnd, isText, named, nodeFinished, runError } from './events';
import { usualForm } from './forms';
import type { Step } from './scenario';
import type { FormInit } from './state';

/** A way to change the steps of an ordinary run. */
export type Reshape = (steps: readonly Step[], turn: Turn) => readonly Step[];

function withoutEnd(steps: readonly Step[]): Step[] {
  return steps.filter((step) => !isEnd(step));
}

function endsOf(steps: readonly Step[]): Step[] {
  return steps.filter(isEnd);
}

export function ordered(first: 'message_end' | 'workflow_finished'): Reshape {
  return (steps) => {
    const ends = endsOf(steps);
    const later = ends.filter((step) => !named(step, first));
    return [...withoutEnd(steps), ...ends.filter((step) => named(step, first)), ...later];
  };
}

/** These happen without being told. */
function unheard(steps: readonly Step[], ...names: readonly string[]): Step[] {
  return steps.map((step) => (named(step, ...names) ? { kind: 'unheard', event: step.event } : step));
}

/** The run is over, but who listens does not hear it, and the socket stays open. */
export function endLost(...names: readonly string[]): Reshape {
  return (steps) => [...unheard(steps, ...names), { kind: 'deafen' }];
}

/** The stream closes like any other; only its end was never told. */
export const endUntold: Reshape = (steps) => unheard(steps, 'message_end', 'workflow_finished', 'error');

export function without(...names: readonly string[]): Reshape {
  return (steps) => steps.filter((step) => !named(step, ...names));
}

/** After the first piece of the text; where there is no text, before the end. */
export function midway(...added: readonly Step[]): Reshape {
  return (steps) => {
    const text = steps.findIndex(isText);
    const cut = text < 0 ? steps.findIndex(isEnd) : text + 1;
    return [...steps.slice(0, cut), ...added, ...steps.slice(cut)];
  };
}

export function beforeEnd(...added: readonly Step[]): Reshape {
  return (steps) => [...withoutEnd(steps), ...added, ...endsOf(steps)];
}

export function around(...added: readonly Step[]): Reshape {
  return (steps) => steps.flatMap((step) => [...added, step]);
}

/** What was said so far counts no more. */
export function replaced(answer: string): Reshape {
  return (steps, turn) => {
    if (turn.app.mode !== 'workflow')
      return beforeEnd(event('message_replace', { answer, reason: 'output_moderation' }))(steps, turn);
    const replace = event('text_replace', {
      data: { text: answer, from_variable_selector: ['llm', 'text'] },
    });
    return finishing({ outputs: { result: answer } })(beforeEnd(replace)(steps, turn), turn);
  };
}

/** Says something else in `workflow_finished`. */
export function finishing(body: Readonly<Record<string, unknown>>): Reshape {
  return (steps) =>
    steps.map((step) => {
      if (!named(step, 'workflow_finished')) return step;
      const said = step.event['data'];
      return event('workflow_finished', { ...step.event, data: { ...(isMap(said) ? said : {}), ...body } });
    });
}

/** A node fails and an error branch saves the run. */
export const partialSuccess: Reshape = (steps, turn) => {
  const failed = nodeFinished('http', 4, { status: 'exception', error: 'the address did not answer' });
  const finished = finishing({ status: 'partial-succeeded', exceptions_count: 1 })(steps, turn);
  return beforeEnd(failed)(finished, turn);
};

/** After some text the model is gone. */
export const brokenOff: Reshape = (steps) => [
  ...withoutEnd(steps),
  runError('The model does not answer.', 'completion_request_error'),
];

/** A title is made before the socket closes, unless the request says not to. */
export const slowTitle: Reshape = (steps, turn) =>
  turn.autoGenerateName && turn.isFirst ? [...steps, { kind: 'deafen' }] : steps;

/** Asks a person, once for each form, and goes on where it stopped. */
export function pausing(forms: readonly Partial<FormInit>[], goesOn: 'when-heard' | 'at-once'): Reshape {
  return (steps, turn) => {
    const pauses = forms.flatMap((form): Step[] => [
      { kind: 'pause', form: { ...usualForm, ...form } },
      ...(goesOn === 'when-heard' ? [{ kind: 'await-listener' } as const] : []),
      { kind: 'resumed' },
    ]);
    return midway(...pauses)(steps, turn);
  };
}

/** The stream breaks and the run waits until somebody comes back to it. */
export const cutAndWaiting = midway({ kind: 'drop' }, { kind: 'await-listener' });
/** The stream breaks, the run ends alone. */
export const cutAndFinished = midway({ kind: 'drop' });
