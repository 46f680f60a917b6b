import type http from 'node:http';
import type { Gate } from '../shared/gates';
import type { EndpointName } from './call';
import type { Fields } from './blocks';
import type { ErrorShape, RefusalStatus } from './refusal';

/** An answer that is not Typebot's. */
export interface PlainReply {
  status: number;
  html?: string;
  json?: unknown;
  /** With the media type of JSON, whatever it is. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
}

/** What goes otherwise than usual in one call. */
export interface Fault {
  /** Default `chat`: a start or an answer, whichever comes first. */
  on?: 'chat' | EndpointName;
  /** Done to the session that the call names, before anything else. */
  session?: 'deleted' | 'expired' | 'broken';
  refuse?: { status: RefusalStatus; message: string; detail?: Fields };
  /** Of a refusal, also of one that comes by itself. */
  shape?: ErrorShape;
  reply?: PlainReply;
  /** The socket is destroyed: without a byte, or in the middle of the answer. */
  cut?: 'before-answer' | 'mid-answer';
  /** Neither a status nor a byte, ever. */
  silent?: boolean;
  /** The call does its work all the same; only its answer is lost. */
  runs?: boolean;
  /** By the server's clock, in the middle of the call's work. */
  delayMs?: number;
  /** Not passed before the test opens it, in the middle of the call's work. */
  hold?: Gate;
  /** The answer as it comes, and as it goes. */
  change?: (answer: Fields) => unknown;
}

/** How the connection is treated in place of an answer. */
export const cuts: Readonly<Record<NonNullable<Fault['cut']>, (response: http.ServerResponse) => void>> = {
  'before-answer': (response) => void response.socket?.resetAndDestroy(),
  'mid-answer': (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '4096' });
    response.write('{"messages":[{"id":"b1","type":"te', () => response.destroy());
  },
};
