import type { Fault } from './faults';
import { grpcStatus } from './faults';
import type { IncomingCall } from './grpc-server';
import type { CallRecord } from './calls';

export type Moment = 'start' | 'end' | number;

export function momentOf(fault: Fault): Moment {
  if (fault.keeps === true) return 'end';
  return fault.when ?? (fault.refuse ? 'start' : 'end');
}

/** Waits at its gate, then does what it does. True: the call is dealt with. */
export async function strike(fault: Fault, call: IncomingCall, record: CallRecord): Promise<boolean> {
  if (fault.hold) await fault.hold.pass(call.gone);
  if (fault.refuse) {
    record.status = fault.refuse.code;
    call.refuse(fault.refuse.code, fault.refuse.message);
    return true;
  }
  if (fault.reset !== undefined) call.reset(fault.reset);
  if (fault.drop === true) call.drop();
  if (fault.silent === true) {
    await untilGone(call.gone);
    record.status = grpcStatus.cancelled;
  }
  return fault.reset !== undefined || fault.drop === true || fault.silent === true;
}

function untilGone(gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
}
