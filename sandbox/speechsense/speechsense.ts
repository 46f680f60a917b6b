import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../../lib/core/clock';
import { createWaiting, type WaitOptions } from '../shared/waiting';
import type { CallRecord } from './calls';
import type { Conversation } from './conversation';
import { grpcStatus, SpeechSenseRefusal, type Fault } from './faults';
import { startGrpcServer, type IncomingCall } from './grpc-server';
import { startIam, type IamDesk } from './iam';
import { createOrders } from './orders';
import { get, search, type ReadingDesk } from './reading';
import type { ServedCall } from './served-call';
import { createTalkShelf, type ConnectionKind, type SearchScope, type StoredTalk } from './state';
import { strike } from './strike';
import { takeAudio, takeStream, takeText, wholeRequest, type UploadDesk } from './uploads';
import { wireMethods, type MethodName } from './wire';

export interface SpeechSenseOptions extends Partial<SearchScope> {
  clock?: Clock;
  /** Default: any free one. */
  port?: number;
  /** Plaintext without it. */
  tls?: { key: string; cert: string };
  apiKey?: string;
  /** Default: one for audio, one for chats. */
  connections?: Readonly<Record<string, ConnectionKind>>;
  largestMessageBytes?: number;
  /** False: of audio only sizes and digests are kept. */
  keepBytes?: boolean;
  readyAfterMs?: number;
  indexAfterMs?: number;
  /** What it hears in a talk; undefined: the same two phrases as in any other. */
  conversation?: (talk: StoredTalk) => Conversation | undefined;
}

export interface SpeechSense {
  /** `127.0.0.1:port`. */
  readonly endpoint: string;
  /** The same by name, for certificates. */
  readonly localEndpoint: string;
  readonly apiKey: string;
  readonly connectionId: string;
  readonly chatConnectionId: string;
  readonly projectId: string;
  readonly iam: IamDesk;
  readonly talks: readonly StoredTalk[];
  readonly calls: readonly CallRecord[];
  callsOf(method: MethodName): CallRecord[];
  untilCall(fits: (call: CallRecord) => boolean, options?: WaitOptions): Promise<CallRecord>;
  /** The next calls they concern go like this. */
  script(...faults: readonly Fault[]): void;
  clearScripts(): void;
  /** Of the service account: added to the space, or not. */
  setMember(isMember: boolean): void;
  /** From now on. */
  setTimes(times: { readyAfterMs?: number; indexAfterMs?: number }): void;
  failAnalysis(talkId: string): void;
  connections(): number;
  stop(): Promise<void>;
}

const usualConnections: Readonly<Record<string, ConnectionKind>> = {
  eagsandboxaudio: 'audio',
  eagsandboxchat: 'chat',
};

export async function startSpeechSense(options: SpeechSenseOptions = {}): Promise<SpeechSense> {
  const { clock = systemClock, apiKey = 'AQVNsandbox-speechsense-key', keepBytes = true } = options;
  const { largestMessageBytes = 128 * 1024 * 1024 } = options;
  let { readyAfterMs = 5000, indexAfterMs = 0 } = options;
  const connections = new Map(Object.entries(options.connections ?? usualConnections));
  const idOf = (kind: ConnectionKind): string => [...connections].find(([, one]) => one === kind)?.[0] ?? '';
  const projectId = 'eagsandboxproject';
  let isMember = true;
  const shelf = createTalkShelf();
  const orders = createOrders();
  const waiting = createWaiting<CallRecord>();
  const calls: CallRecord[] = [];
  const methods = new Map(wireMethods().map((method) => [method.path, method]));
  const now = (): number => clock.now();
  const iam = await startIam(clock);
  const uploads: UploadDesk = { shelf, connections, now, keepsBytes: keepBytes };
  const reading: ReadingDesk = {
    ...{ shelf, connections, projectId, now },
    scope: { unknownKeys: options.unknownKeys ?? [], isInProject: options.isInProject ?? (() => true) },
    conversation: options.conversation ?? (() => undefined),
    indexAfterMs: () => indexAfterMs,
    readyAfterMs: () => readyAfterMs,
  };

  function letIn({ headers }: IncomingCall): void {
    const [scheme = '', secret = ''] = String(headers.authorization ?? '').split(' ');
    const isKnown = scheme === 'Api-Key' ? secret === apiKey : scheme === 'Bearer' && iam.knows(secret);
    if (!isKnown) {
      throw new SpeechSenseRefusal(grpcStatus.unauthenticated, `Unknown api key '${secret}'`);
    }
    if (!isMember) throw new SpeechSenseRefusal(grpcStatus.permissionDenied, 'Permission denied');
  }

  async function serve(served: ServedCall): Promise<void> {
    letIn(served.call);
    const { name } = served.method;
    if (name === 'UploadAsStream' || name === 'UploadBadge') return takeStream(uploads, served);
    if (name === 'Upload') return takeAudio(uploads, served);
    if (name === 'UploadText') return takeText(uploads, served);
    const request = await wholeRequest(served);
    if (served.fault && (await strike(served.fault, served.call, served.record))) return;
    if (name === 'Search') return served.answer(search(reading, request));
    if (name === 'Get') return served.answer(get(reading, request));
    served.answer({ models: [{ id: 'yandexgpt', name: 'YandexGPT', description: '' }] });
  }

  async function onCall(call: IncomingCall): Promise<void> {
    const method = methods.get(call.path);
    const record: CallRecord = {
      ...{ method: method?.name, headers: call.headers, at: now(), messages: [], chunkSizes: [] },
      ...{ hasEnded: false, status: undefined, talkId: undefined, isOver: false },
    };
    calls.push(record);
    waiting.note(record);
    call.gone.addEventListener('abort', () => {
      record.isOver = true;
      waiting.note(record);
    });
    if (!method) throw new SpeechSenseRefusal(grpcStatus.unimplemented, `unknown method ${call.path}`);
    const answer = (message: object): void => {
      record.status = grpcStatus.ok;
      call.answer(method.encode(message));
    };
    try {
      await serve({ call, record, method, fault: orders.take(method.name), answer });
    } catch (thrown) {
      if (call.gone.aborted) return;
      record.status = thrown instanceof SpeechSenseRefusal ? thrown.code : grpcStatus.internal;
      throw thrown;
    } finally {
      waiting.note(record);
    }
  }

  const server = await startGrpcServer({
    port: options.port ?? 0,
    tls: options.tls,
    largestMessage: () => largestMessageBytes,
    ids: () => ({ 'x-request-id': randomUUID(), 'x-server-trace-id': randomUUID() }),
    onCall,
  });

  return {
    endpoint: `127.0.0.1:${server.port}`,
    localEndpoint: `localhost:${server.port}`,
    apiKey,
    connectionId: idOf('audio'),
    chatConnectionId: idOf('chat'),
    projectId,
    iam,
    talks: shelf.talks,
    calls,
    callsOf: (name) => calls.filter(({ method }) => method === name),
    untilCall: (fits, waitOptions) => waiting.until(calls, fits, 'call', waitOptions),
    script: (...faults) => orders.add(...faults),
    clearScripts: () => orders.clear(),
    setMember: (now) => (isMember = now),
    setTimes(times) {
      readyAfterMs = times.readyAfterMs ?? readyAfterMs;
      indexAfterMs = times.indexAfterMs ?? indexAfterMs;
    },
    failAnalysis(talkId) {
      const talk = shelf.find(talkId);
      if (!talk) throw new Error(`no talk ${talkId}`);
      talk.hasFailed = true;
    },
    connections: () => server.connections(),
    async stop() {
      waiting.stop();
      await Promise.all([server.stop(), iam.stop()]);
    },
  };
}
