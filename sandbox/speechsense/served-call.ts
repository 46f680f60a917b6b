import type { CallRecord } from './calls';
import type { Fault } from './faults';
import type { IncomingCall } from './grpc-server';
import type { WireMethod } from './wire';

/** A call with all that the stand-in knows of it. */
export interface ServedCall {
  readonly call: IncomingCall;
  readonly record: CallRecord;
  readonly method: WireMethod;
  readonly fault: Fault | undefined;
  answer(message: object): void;
}
