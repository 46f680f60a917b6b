import { answerScenarios } from './scenarios-answer';
import { httpScenarios } from './scenarios-http';
import { streamScenarios } from './scenarios-stream';

/** Every scenario that has a name. */
export const scenarios = { ...answerScenarios, ...streamScenarios, ...httpScenarios };

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios).filter(isScenarioName);

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
