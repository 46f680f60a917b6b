import { runBatch } from './batch';
import type { Caller, MethodAnswer, MethodTable } from './call';
import type { CallLog, CallRecord } from './call-log';
import { callerOf, isScopeGranted, type PathParts } from './callers';
import type { Faults } from './faults';
import type { Limiter } from './limiter';
import type { OperatingTime } from './operating';
import type { Params } from '../shared/params';
import { Refusal, denied, refusal } from './refusal';
import { isoStamp, unixSeconds } from './stamp';
import type { PortalState } from './state';

export interface RestRequest {
  path: PathParts;
  params: Params;
  source: string;
  httpMethod: string;
  userAgent: string;
  number: number;
}

export interface RestReply {
  status: number;
  body: Readonly<Record<string, unknown>>;
}

export interface RouterParts {
  state: PortalState;
  methods: () => MethodTable;
  limiter: Limiter;
  rateLimitStatus: number;
  operating: OperatingTime;
  faults: Faults;
  log: CallLog;
}

/** What one call costs the operating time of its method. */
const callSeconds = 0.01;

export function createRestRouter(parts: RouterParts): (request: RestRequest) => RestReply {
  return (request) => {
    try {
      return answered(parts, request);
    } catch (thrown) {
      const failed = asRefusal(thrown);
      const reply = errorReply(failed);
      note(parts, request, { auth: shownAuth(request), failed, answer: reply.body });
      return reply;
    }
  };
}

function answered(parts: RouterParts, request: RestRequest): RestReply {
  const { state, limiter, operating, rateLimitStatus } = parts;
  const { method } = request.path;
  const startedAt = state.now();
  if (!limiter.admit(request.source))
    throw refusal('QUERY_LIMIT_EXCEEDED', 'Too many requests', rateLimitStatus);
  const caller = callerOf(state, request.path, request.params);
  const answer =
    method === 'batch'
      ? batchAnswer(parts, request, caller)
      : runMethod(parts, method, request.params, caller);
  note(parts, request, { auth: caller.kind, answer });
  return { status: 200, body: { ...answer, time: timeBlock(state, operating, method, startedAt) } };
}

function batchAnswer(parts: RouterParts, request: RestRequest, caller: Caller): MethodAnswer {
  const startedAt = parts.state.now();
  return runBatch(request.params, parts.state.batchReferences, (method, params) => {
    const fault = parts.faults.takeError(method);
    const step = { ...request, path: { ...request.path, method }, params };
    try {
      if (fault) throw new Refusal(fault.status, fault.error, fault.error_description ?? '');
      if (parts.methods()[method]?.inBatch === 'refused') throw batchRefusal();
      const answer = runMethod(parts, method, params, caller);
      note(parts, step, { auth: caller.kind, answer, inBatch: true });
      return { answer, time: timeBlock(parts.state, parts.operating, method, startedAt) };
    } catch (thrown) {
      const failed = asRefusal(thrown);
      const error = { error: failed.code, error_description: failed.message };
      note(parts, step, { auth: caller.kind, failed, answer: error, inBatch: true });
      return { error };
    }
  });
}

export function batchRefusal(): Refusal {
  return refusal('ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage', 405);
}

function runMethod(parts: RouterParts, name: string, params: Params, caller: Caller): MethodAnswer {
  const table = parts.methods();
  const method = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!method) throw refusal('ERROR_METHOD_NOT_FOUND', 'Method not found!', 404);
  if (!isScopeGranted(caller, method.scopes)) {
    throw denied(
      'insufficient_scope',
      'The request requires higher privileges than provided by the access token',
    );
  }
  if (method.auth === 'app' && caller.kind !== 'app') {
    throw denied('WRONG_AUTH_TYPE', 'Current authorization type is denied for this method');
  }
  if (parts.operating.isBlocked(name)) {
    throw refusal('OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.', 429);
  }
  const answer = method.run({ method: name, params, caller });
  parts.operating.spend(name, callSeconds);
  return answer;
}

function timeBlock(state: PortalState, operating: OperatingTime, method: string, startedAt: number): object {
  const finishedAt = state.now();
  return {
    start: startedAt / 1000,
    finish: finishedAt / 1000,
    duration: (finishedAt - startedAt) / 1000,
    processing: 0,
    date_start: isoStamp(startedAt),
    date_finish: isoStamp(finishedAt),
    operating_reset_at: operating.resetAt(method) || unixSeconds(finishedAt),
    operating: operating.used(method),
  };
}

/** Which kind of authorisation a refused request showed, whether or not it was good. */
export function shownAuth({
  path,
  params,
}: Pick<RestRequest, 'path' | 'params'>): 'webhook' | 'app' | 'none' {
  if (path.webhook) return 'webhook';
  return 'auth' in params ? 'app' : 'none';
}

/** A fault of the stand-in itself shows as the portal's own 500, and so in the test that met it. */
function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return refusal(
    'INTERNAL_SERVER_ERROR',
    thrown instanceof Error ? (thrown.stack ?? '') : String(thrown),
    500,
  );
}

export function errorReply(failed: Refusal): RestReply {
  return { status: failed.status, body: { error: failed.code, error_description: failed.message } };
}

function note(
  parts: RouterParts,
  request: RestRequest,
  outcome: { auth: CallRecord['auth']; failed?: Refusal; answer: unknown; inBatch?: boolean },
): void {
  const { auth, failed, answer, inBatch = false } = outcome;
  parts.log.add({
    method: request.path.method,
    params: request.params,
    status: failed?.status ?? 200,
    ...(failed ? { error: failed.code } : {}),
    auth,
    inBatch,
    answer,
    httpRequest: request.number,
    httpMethod: request.httpMethod,
    userAgent: request.userAgent,
    at: parts.state.now(),
  });
}
