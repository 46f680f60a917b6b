export { startDify, type Dify, type DifyOptions } from './dify';
export { usualApps } from './app';
export type { AppInit, AppMode, AppSettings, ControlType, DifyApp, FileUpload, FormField } from './app';
export { friendlyBrain, inPieces, type Answer, type Brain, type Citation, type Turn } from './answer';
export type { CallRecord } from './calls';
export { event } from './events';
export { createGate, type Gate } from '../shared/gates';
export type { Run } from './run';
export type { RunStatus } from './run-books';
export {
  endpointNames,
  holdPoints,
  type EndpointName,
  type HoldPoint,
  type HttpReply,
  type RawAnswer,
  type RawBody,
  type Scenario,
  type ScenarioPlan,
  type Step,
  type StreamEvent,
  type WireOptions,
} from './scenario';
export { isScenarioName, scenarioNames, type ScenarioName } from './scenarios';
export { chart, report } from './scenarios-answer';
export type {
  Conversation,
  FormAction,
  FormInit,
  FormInput,
  HumanForm,
  Message,
  OutputFile,
  Reference,
  UploadedFile,
} from './state';
