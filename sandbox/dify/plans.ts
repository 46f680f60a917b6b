import type { Answer, Turn } from './answer';
import { inPieces } from './answer';
import type { Publish } from './compose';
import type { NamedPlan, Scenario, ScenarioPlan } from './scenario';
import { scenarios } from './scenarios';

/** A scenario as it is played: nothing stands behind it any more. */
export interface Plan extends Omit<ScenarioPlan, 'like' | 'answer'> {
  name: string;
  answers: readonly NonNullable<ScenarioPlan['answer']>[];
}

export function planOf(scenario: Scenario): Plan {
  if (typeof scenario === 'string') return fromNamed(scenario, scenarios[scenario]);
  const { like, answer, ...own } = scenario;
  const base: Plan = like === undefined ? { name: 'own', answers: [] } : fromNamed(like, scenarios[like]);
  const { steps: earlier } = base;
  const { steps: later } = own;
  return {
    ...base,
    ...own,
    answers: [...base.answers, ...(answer === undefined ? [] : [answer])],
    wire: { ...base.wire, ...own.wire },
    ...(earlier && later ? { steps: (steps, turn) => later(earlier(steps, turn), turn) } : {}),
  };
}

function fromNamed(name: string, { answer, ...plan }: NamedPlan): Plan {
  return { ...plan, name, answers: answer === undefined ? [] : [answer] };
}

/** What is played on endpoints that run nothing. */
export function isForAnyEndpoint({ reply, raw, pieces }: Plan): boolean {
  return reply !== undefined || raw !== undefined || pieces !== undefined;
}

export function answerFor({ answers }: Plan, turn: Turn, publish: Publish): Answer {
  return answers.reduce<Answer>((answer, change) => {
    if (typeof change === 'string') return { ...answer, pieces: inPieces(change) };
    return typeof change === 'function' ? change(answer, turn, publish) : { ...answer, ...change };
  }, turn.app.brain(turn));
}
