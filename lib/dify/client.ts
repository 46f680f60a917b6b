import { setMaxListeners } from 'node:events';
import { entriesAt } from '../core/fields';
import { systemClock, type Clock } from '../core/clock';
import { RefusedError } from '../core/errors';
import type { HttpClient } from '../core/http';
import { cleanApiKey, parseDifyAddress } from './address';
import type { RunKind } from './answer';
import { createDifyApi, segment } from './api';
import { createDescriber, type Describer } from './app';
import { createAttaching, type AttachedFiles, type UploadedFiles, type VoiceTexts } from './attach';
import type { DifyApp } from './app';
import type { FileRules } from './file-rules';
import { textOf } from './input-form';
import { createInTurn } from './in-turn';
import { defaultTimers, type DifyTimers } from './outage';
import { readAgain } from './repeat';
import type { ChatRequest, DifyResult, FormRequest, RunOptions, WorkflowRequest } from './request';
import { stopTask } from './run';
import { appKeyOf, createRuns, type RunToReadOn } from './runs';
import { sharedTurns, type Turns } from '../core/turns';
import { createUploads, type FileSource, type UploadOptions, type Uploads } from './upload';

export interface DifyClientOptions {
  /** In any form in which people copy it. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Stays open when the client is closed: it belongs to whoever made it. */
  readonly http: HttpClient;
  readonly clock?: Clock;
  readonly timers?: Partial<DifyTimers>;
  readonly allowPrivateNetwork?: boolean;
  readonly random?: () => number;
  /** Those of the process when left out. */
  readonly turns?: Turns;
}

export interface Feedback {
  readonly messageId: string;
  readonly user: string;
  /** `null` takes an earlier one back. */
  readonly rating: 'like' | 'dislike' | null;
  readonly content?: string;
}

export interface DifyClient extends Uploads {
  /** Where relative addresses of files begin. */
  readonly origin: string;
  /** Tells this app from others, without its key. */
  readonly appKey: string;
  readonly describe: Describer;
  chat(request: ChatRequest, options?: RunOptions): Promise<DifyResult>;
  runWorkflow(request: WorkflowRequest, options?: RunOptions): Promise<DifyResult>;
  submitForm(request: FormRequest, options?: RunOptions): Promise<DifyResult>;
  /** The answer of a run whose form was submitted before. */
  readOn(request: RunToReadOn, options?: RunOptions): Promise<DifyResult>;
  /** Does not wait long, and an unknown or finished task is none of its errors. */
  stop(kind: RunKind, taskId: string, user: string): Promise<void>;
  uploadFiles(files: readonly FileSource[], rules: FileRules, options: UploadOptions): Promise<UploadedFiles>;
  attachFiles(
    files: readonly FileSource[],
    app: Pick<DifyApp, 'kind' | 'files' | 'form'>,
    options: UploadOptions,
  ): Promise<AttachedFiles>;
  transcribe(
    files: readonly FileSource[],
    app: Pick<DifyApp, 'speechToText'>,
    options: UploadOptions,
  ): Promise<VoiceTexts>;
  /** None when the app does not suggest any. Costs the app a call of its model. */
  suggested(messageId: string, user: string, signal?: AbortSignal): Promise<string[]>;
  feedback(feedback: Feedback, signal?: AbortSignal): Promise<void>;
  /** Ends and stops what runs; resolves when all of it is over. */
  close(): Promise<void>;
}

export function createDifyClient(options: DifyClientOptions): DifyClient {
  const { http, clock = systemClock, random, turns = sharedTurns } = options;
  const timers = { ...defaultTimers, ...options.timers };
  const policy = { origin: 'configured' as const, allowPrivateNetwork: options.allowPrivateNetwork };
  const base = parseDifyAddress(options.baseUrl, policy);
  const apiKey = cleanApiKey(options.apiKey);
  const api = createDifyApi({ base, apiKey, http, timers });
  const context = { api, clock, timers, random };
  const appKey = appKeyOf(base, apiKey);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const inTurn = createInTurn({ context, turns, appKey, closing: closing.signal });
  const runs = createRuns(context, inTurn);
  const underWay = new Set<Promise<unknown>>();
  const uploads = createUploads(api);

  function counted<T>(run: Promise<T>): Promise<T> {
    const over: Promise<unknown> = run.then(forget, forget);
    function forget(): void {
      underWay.delete(over);
    }
    underWay.add(over);
    return run;
  }

  async function suggested(messageId: string, user: string, signal?: AbortSignal): Promise<string[]> {
    const path = `messages/${segment(messageId)}/suggested`;
    try {
      const read = () => api.ask({ method: 'GET', path, query: { user }, signal });
      const { json } = await readAgain(read, { clock, random, signal });
      return entriesAt(json, 'data').flatMap(textOf);
    } catch (error) {
      if (error instanceof RefusedError && error.status === 400) return [];
      throw error;
    }
  }

  async function feedback({ messageId, ...body }: Feedback, signal?: AbortSignal): Promise<void> {
    await api.ask({ method: 'POST', path: `messages/${segment(messageId)}/feedbacks`, body, signal });
  }

  return {
    origin: base.origin,
    appKey,
    describe: createDescriber(api, clock, random),
    chat: (request, run) => counted(runs.chat(request, run)),
    runWorkflow: (request, run) => counted(runs.runWorkflow(request, run)),
    submitForm: (request, run) => counted(runs.submitForm(request, run)),
    readOn: (request, run) => counted(runs.readOn(request, run)),
    stop: (kind, taskId, user) => stopTask(context, kind, taskId, user),
    ...uploads,
    ...createAttaching(uploads),
    suggested,
    feedback,
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
