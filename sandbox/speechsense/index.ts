export { startSpeechSense, type SpeechSense, type SpeechSenseOptions } from './speechsense';
export type { CallRecord } from './calls';
export { grpcStatus, type Fault } from './faults';
export type { IamDesk } from './iam';
export type { ConnectionKind, StoredTalk } from './state';
export { methodNames, type MethodName } from './wire';
export { createGate, type Gate } from '../shared/gates';
