import { setMaxListeners } from 'node:events';
import { systemClock, type Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import { createHttpClient } from '../core/http';
import type { ResolveHost } from '../core/network-guard';
import { createLanes } from '../core/lanes';
import { sharedTurns, type Turns } from '../core/turns';
import { createAnalysisWatch, type WaitRequest } from './analysis-watch';
import { createAuthorization, type SpeechSenseCredential } from './authorization';
import { createCaller } from './caller';
import { createChannel } from './channel';
import { checkSpeechSense, type SpeechSenseCheck } from './check';
import { parseEndpoint } from './endpoint';
import { readBudgetOf } from './read-budget';
import type { RecordingSource } from './recording-reader';
import type { UploadRecords } from './records';
import { usualLimits, type SendingLimits } from './send-audio';
import type { Talk } from './talk';
import type { ConnectionKind, TalkFields } from './talk-fields';
import { getTalks, searchTalks, type GetRequest, type SearchRequest, type SearchResult } from './talks';
import {
  uploadAudio,
  uploadText,
  type AudioUploadOptions,
  type UploadedAudio,
  type UploadedText,
  type UploadOptions,
} from './upload';
import { uploadBadge, type BadgeUploadOptions, type UploadedBadge } from './upload-badge';
import { updateTalk, type UpdateOptions } from './update-talk';
import { serviceOf } from './upload-record';

export interface SpeechSenseClientOptions {
  /** `host:port`; `api.speechsense.yandexcloud.net:443` when empty. */
  readonly endpoint: string;
  readonly tls?: boolean | undefined;
  /** PEM certificates of authorities to trust besides the public ones. */
  readonly ca?: string | undefined;
  readonly credential: SpeechSenseCredential;
  readonly connectionId: string;
  readonly kind: ConnectionKind;
  readonly organizationId?: string | undefined;
  readonly spaceId?: string | undefined;
  readonly projectId?: string | undefined;
  /** For talks whose metadata names none. */
  readonly language?: string | undefined;
  /** The others wait. */
  readonly uploadsAtOnce?: number | undefined;
  readonly allowPrivateNetwork?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly resolve?: ResolveHost | undefined;
  /**
   * What happens when an answer was lost and Search knows no such talk: it is held as uncertain, or with `true` sent
   * again, which makes two when Search was only late.
   */
  readonly believesSearch?: boolean | undefined;
  readonly limits?: Partial<SendingLimits> | undefined;
  /** Those of the process when left out. */
  readonly turns?: Turns | undefined;
  readonly userAgent?: string | undefined;
}

/** Uploads whose talks are known by the same records. */
export interface TalkUploads {
  uploadAudio(source: RecordingSource, options: AudioUploadOptions): Promise<UploadedAudio>;
  /** For a connection that splits one recording into talks, and takes nothing else. */
  uploadBadge(source: RecordingSource, options: BadgeUploadOptions): Promise<UploadedBadge>;
  /** `chat` and `metadata` as in the guide's chat.json and metadata.json. */
  uploadText(chat: unknown, metadata: unknown, options: UploadOptions): Promise<UploadedText>;
}

export interface SpeechSenseClient {
  readonly connectionId: string;
  readonly kind: ConnectionKind;
  /** `host:port` of the service. */
  readonly authority: string;
  uploads(records: UploadRecords): TalkUploads;
  /** Lays metadata over what a talk has. */
  updateTalk(talkId: string, options: UpdateOptions): Promise<TalkFields>;
  search(request?: SearchRequest): Promise<SearchResult>;
  get(talkIds: readonly string[], request?: GetRequest): Promise<Talk[]>;
  waitUntilAnalysed(talkId: string, request?: WaitRequest): Promise<Talk>;
  /** Uploads nothing. */
  check(options?: { signal?: AbortSignal }): Promise<SpeechSenseCheck>;
  /** Cancels what is under way. */
  close(): void;
}

const tokenAnswer = { timeoutMs: 15_000, maxResponseBytes: 256 * 1024 };

export function createSpeechSenseClient(options: SpeechSenseClientOptions): SpeechSenseClient {
  const { credential, ca, kind, resolve, random } = options;
  const { clock = systemClock, turns = sharedTurns, userAgent = 'bitlane' } = options;
  const connectionId = options.connectionId.trim();
  const policy = { origin: 'configured' as const, allowPrivateNetwork: options.allowPrivateNetwork };
  const endpoint = parseEndpoint(options.endpoint, options.tls ?? true, policy);
  const http = createHttpClient({ policy, userAgent, ca, resolve, clock, ...tokenAnswer });
  const authorization = createAuthorization(credential, { policy, http, clock });
  const channel = createChannel({ endpoint, policy, ca, resolve, userAgent });
  const caller = createCaller({ channel, authorization, clock, random });
  const place = {
    connectionId,
    organizationId: options.organizationId,
    spaceId: options.spaceId,
    projectId: options.projectId,
  };
  const limits = { ...usualLimits, ...options.limits };
  const sending = { caller, place, limits, language: options.language };
  const once = {
    ...{ turns, random, scope: `speechsense\n${connectionId}`, service: serviceOf(endpoint.authority) },
    ...{ lanes: createLanes(options.uploadsAtOnce ?? 4), believesSearch: options.believesSearch ?? false },
  };
  const budget = readBudgetOf(endpoint.authority, options.projectId, clock);
  const closing = new AbortController();
  const reading = { caller, place, budget, closed: closing.signal };
  // Each reader that waits for the quota listens to it.
  setMaxListeners(0, closing.signal);
  const watch = createAnalysisWatch(reading);

  return {
    connectionId,
    kind,
    authority: endpoint.authority,
    uploads(records) {
      const parts = { ...sending, ...once, records };
      return {
        uploadAudio: (source, wanted) => uploadAudio(parts, source, wanted),
        uploadBadge: (source, wanted) => uploadBadge(parts, source, wanted),
        uploadText: (chat, metadata, wanted) => uploadText(parts, chat, metadata, wanted),
      };
    },
    updateTalk: (talkId, wanted) => updateTalk({ ...sending, ...once }, talkId, wanted),
    search: (wanted = {}) => searchTalks(reading, wanted),
    get: (talkIds, wanted = {}) => getTalks(reading, talkIds, wanted),
    waitUntilAnalysed: (talkId, wanted) => watch.wait(talkId, wanted),
    check: ({ signal } = {}) => checkSpeechSense(caller, place, signal),
    close() {
      closing.abort(new CancelledError());
      watch.close();
      channel.close();
      http.close();
    },
  };
}
