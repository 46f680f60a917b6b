import type { IncomingHttpHeaders } from 'node:http2';
import type { MethodName } from './wire';

export interface CallRecord {
  readonly method: MethodName | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
  /** As decoded by the stand-in's own tables. Chunks of audio only when bytes are kept. */
  readonly messages: object[];
  readonly chunkSizes: number[];
  /** The client has said that this was all. */
  hasEnded: boolean;
  /** The gRPC status it was answered with; undefined: none. */
  status: number | undefined;
  talkId: string | undefined;
  isOver: boolean;
}
