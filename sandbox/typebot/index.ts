export { startTypebot } from './typebot';
export type { Typebot, TypebotOptions } from './interface';
export {
  botStates,
  type Bot,
  type BotInit,
  type BotSettings,
  type BotState,
  type PlacedInput,
  type TypingEmulation,
} from './bot';
export type { Block, BotEvent, InputOptions, ItemInit, RichElement, RichLeaf, RichNode } from './blocks';
export { firstLookBots } from './bot-first-look';
export * from './bubble-blocks';
export * from './input-blocks';
export * from './step-blocks';
export { endpointNames, type EndpointName } from './call';
export type { Host } from './door';
export type { Fault, PlainReply } from './faults';
export type { Answer, FlowEvent } from './flow-state';
export { anyBot } from './orders';
export type { RequestRecord } from './records';
export type { ErrorShape } from './refusal';
export type { ScenarioRow } from './scenario';
export { isScenarioName, scenarioNames, scenarios, type Scenario, type ScenarioName } from './scenarios';
export type { Result, Session } from './sessions';
export type { Upload, UploadStyle } from './uploads';
export { usualBots } from './usual-bots';
export { sample, type VariableValue } from './variables';
export type { Broadcast } from './webhook-endpoint';
export { createGate, type Gate } from '../shared/gates';
