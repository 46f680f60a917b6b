import type { Fault } from './faults';
import type { Order } from './orders';
import type { ScenarioRow } from './scenario';
import { failScenarios } from './scenarios-fail';
import { playScenarios } from './scenarios-play';

const rows = { ...playScenarios, ...failScenarios };

export type ScenarioName = keyof typeof rows;

/** Every scenario that has a name, and what it stands for. */
export const scenarios: Readonly<Record<ScenarioName, ScenarioRow>> = rows;

export const scenarioNames = Object.keys(scenarios).filter(isScenarioName);

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/** A name, or a fault of the test's own. */
export type Scenario = ScenarioName | Fault;

export function ordersOf(scenario: Scenario): Order[] {
  if (typeof scenario !== 'string') return [{ name: 'own', fault: scenario }];
  return (scenarios[scenario].faults ?? []).map((fault) => ({ name: scenario, fault }));
}
