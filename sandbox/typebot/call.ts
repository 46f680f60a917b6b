import type http from 'node:http';
import type { ReceivedRequest } from '../shared/http-listener';
import type { Bot } from './bot';
import type { RequestRecord } from './records';
import { badRequest } from './refusal';
import type { Session } from './sessions';

export const endpointNames = [
  'healthz',
  'start',
  'continue',
  'preview',
  'upload-url',
  'upload',
  'file',
  'webhook',
] as const;
export type EndpointName = (typeof endpointNames)[number];

/** Whose call it is, as far as that can be told before anything is checked. */
export interface Concern {
  bot?: Bot | undefined;
  session?: Session | undefined;
}

export interface Call {
  /** What stands in the address, in order. */
  path: readonly string[];
  body: unknown;
  request: ReceivedRequest;
  response: http.ServerResponse;
  /** As it will be shown to the test. */
  record: RequestRecord;
  /** Awaited between what is read and what is written: here calls overtake each other. */
  between: () => Promise<void>;
}

export interface Reply {
  status: number;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
  headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  name: EndpointName;
  method: 'GET' | 'POST' | 'PUT';
  path: RegExp;
  /** Default `json`. */
  takes?: 'json' | 'bytes';
  concern?: (call: Pick<Call, 'path' | 'body'>) => Concern;
  run: (call: Call) => Reply | Promise<Reply>;
}

export const ok = (json: unknown): Reply => ({ status: 200, json });

/** Nothing at all is an empty object. */
export function readJson({ body }: ReceivedRequest): unknown {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return parsed;
  } catch {
    throw badRequest(
      "Malformed request. Ensure the request body is properly formatted and the 'Content-Type' header is set correctly.",
    );
  }
}
