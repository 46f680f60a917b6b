import type { Gate } from '../shared/gates';
import type { MethodName } from './wire';

/** The statuses of gRPC that the stand-in uses. */
export const grpcStatus = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** What goes otherwise than usual in one call. */
export interface Fault {
  /** Default `upload`: the next upload of any kind. */
  on?: 'upload' | MethodName;
  /**
   * `start`: before a message is read. A number: when so many chunks have come. `end`: when everything has come.
   * Default `start` for a refusal, `end` for everything else.
   */
  when?: 'start' | 'end' | number;
  /** The talk is made all the same, once everything has come; only the answer is lost. */
  keeps?: boolean;
  refuse?: { code: number; message: string };
  /** The stream is reset with this HTTP/2 code; the connection lives on. */
  reset?: number;
  /** The socket is destroyed. */
  drop?: boolean;
  /** A good answer with a talk, although not everything has come. */
  early?: boolean;
  /** No answer at all. */
  silent?: boolean;
  /** A good answer without an id in it. */
  nameless?: boolean;
  /** Nothing more is read before the test opens it. */
  hold?: Gate;
}

export class SpeechSenseRefusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
