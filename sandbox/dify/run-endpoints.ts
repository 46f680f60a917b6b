import type http from 'node:http';
import { blockingReply } from './blocking';
import type { ApiCall, Endpoint, Reply } from './endpoint';
import { success } from './endpoint';
import type { Plan } from './plans';
import { playReply, type PlayRaw } from './play';
import { playPieces, pingsOnly } from './raw-answers';
import { conversationGone, DifyRefusal, routingAppendix } from './refusal';
import type { Run } from './run';
import {
  readChatRun,
  readCompletionRun,
  readWorkflowRun,
  type ReadRun,
  type RunRequest,
} from './run-request';
import type { Holds, Runs } from './runs';
import type { DifyState } from './state';
import type { StreamHub } from './stream-hub';
import { streamScenarios } from './scenarios-stream';

export interface RunParts {
  state: DifyState;
  runs: Runs;
  streams: StreamHub;
  /** What was ordered for this call, and where it is held. */
  take: (call: ApiCall) => { plan: Plan; holds: Holds };
  playRaw: PlayRaw;
  signal: AbortSignal;
}

export function runEndpoints(parts: RunParts): Endpoint[] {
  const at = (path: RegExp, read: ReadRun): Endpoint => ({
    name: 'run',
    method: 'POST',
    path,
    user: 'json',
    run: (call) => answerRun(parts, call, read(parts.state, call)),
  });
  const stop = (path: RegExp): Endpoint => ({
    name: 'stop',
    method: 'POST',
    path,
    user: 'json',
    run: (call) => stopRun(parts, call),
  });
  return [
    at(/^\/v1\/chat-messages$/, readChatRun),
    at(/^\/v1\/completion-messages$/, readCompletionRun),
    at(/^\/v1\/workflows\/run$/, readWorkflowRun),
    at(/^\/v1\/workflows\/([^/]+)\/run$/, readWorkflowRun),
    stop(/^\/v1\/chat-messages\/([^/]+)\/stop$/),
    stop(/^\/v1\/completion-messages\/([^/]+)\/stop$/),
    stop(/^\/v1\/workflows\/tasks\/([^/]+)\/stop$/),
  ];
}

async function answerRun(parts: RunParts, call: ApiCall, request: RunRequest): Promise<Reply | undefined> {
  const limit = call.app.maxActiveRequests;
  if (limit > 0 && parts.runs.active(request) >= limit)
    throw new DifyRefusal(429, 'too_many_requests', 'Too many requests. Please try again later.');
  if (request.conversation === 'lost') return answerLost(parts, call);
  const { plan, holds } = parts.take(call);
  await holds.get('before-headers')?.pass(parts.signal);
  const begin = (): Run => parts.runs.begin(request, plan, holds);
  const raw = plan.raw ?? (plan.pieces && playPieces(plan.pieces));
  if (raw) return parts.playRaw(raw, call, () => void begin());
  if (plan.reply) {
    if (plan.reply.withRun) begin();
    return playReply(plan.reply);
  }
  const streaming = plan.responseMode === undefined ? request.streaming : plan.responseMode === 'stream';
  return streaming ? stream(parts, call.response, plan, begin) : block(parts, begin());
}

function stream(
  { streams }: RunParts,
  response: http.ServerResponse,
  plan: Plan,
  begin: () => Run,
): undefined {
  // What goes wrong here must still be told by the status.
  const run = begin();
  run.attach(streams.open(response, plan.wire ?? {}), { pause: true });
}

async function block({ state }: RunParts, run: Run): Promise<Reply> {
  await run.settled;
  return blockingReply(run, state);
}

/** Not only by 404: releases differ in how they say that a conversation is not there. */
function answerLost({ playRaw }: RunParts, call: ApiCall): Promise<Reply | undefined> {
  const { lostConversation } = call.app;
  if (lostConversation === 'pings-only') return playRaw(pingsOnly, call, () => undefined);
  if (lostConversation === 'error-event')
    return playRaw(playPieces(streamScenarios['conversation-lost-in-stream'].pieces), call, () => undefined);
  throw conversationGone(routingAppendix);
}

/** Says yes whatever happens: a foreign or finished task is not told from one's own. */
function stopRun({ runs }: RunParts, { app, user, path }: ApiCall): Reply {
  const own = runs.all.find(
    (run) => run.taskId === path[0] && run.turn.app === app && run.turn.user === user,
  );
  own?.stop();
  return success;
}
