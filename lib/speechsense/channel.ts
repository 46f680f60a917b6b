import { setMaxListeners } from 'node:events';
import { rootCertificates } from 'node:tls';
import {
  Client,
  credentials,
  Metadata,
  type ChannelCredentials,
  type ChannelOptions as GrpcOptions,
  type ServiceError,
} from '@grpc/grpc-js';
import { CancelledError } from '../core/errors';
import type { AddressPolicy, ResolveHost } from '../core/network-guard';
import { callFailure, StoppedInTime } from './call-failure';
import { methodOf, type MethodName } from './definitions';
import type { Endpoint } from './endpoint';
import { guardName } from './guarded-names';
import { openUploadStream, type UploadStream } from './upload-stream';

export interface CallOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Channel {
  readonly endpoint: Endpoint;
  /** Rejects with CallFailure or CancelledError. */
  ask(method: MethodName, request: object, options: CallOptions): Promise<object>;
  open(method: MethodName, options: CallOptions): UploadStream;
  /** Why the name of the service was not followed, when that is what keeps calls from leaving. */
  nameFailure(): Error | undefined;
  /** Cancels what is under way. */
  close(): void;
}

export interface ChannelOptions {
  readonly endpoint: Endpoint;
  readonly policy: AddressPolicy;
  /** PEM certificates of authorities to trust besides the public ones. */
  readonly ca?: string | undefined;
  readonly resolve?: ResolveHost | undefined;
  readonly userAgent: string;
}

/** Talks of hours have transcriptions above gRPC's own 4 MB. */
const largestAnswer = 64 * 1024 * 1024;

export function grpcOptions(userAgent: string): GrpcOptions {
  return {
    'grpc.primary_user_agent': userAgent,
    'grpc.max_receive_message_length': largestAnswer,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_reconnect_backoff_ms': 5000,
    // Repeating is decided here, by what is known of the upload; gRPC would also keep what was sent in memory.
    'grpc.enable_retries': 0,
    // It keeps it all the same, and says of the first megabyte that the network took it, unless it has no room.
    'grpc.per_rpc_retry_buffer_size': 0,
    // A proxy from the environment would connect to addresses that nobody checked.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
  };
}

export function createChannel({ endpoint, policy, ca, resolve, userAgent }: ChannelOptions): Channel {
  const name = guardName(endpoint, policy, resolve);
  const client = new Client(name.target, transportSecurity(endpoint, ca), grpcOptions(userAgent));
  const closing = new AbortController();
  // Each call that is under way listens to it.
  setMaxListeners(0, closing.signal);

  function ask(method: MethodName, request: object, options: CallOptions): Promise<object> {
    const { path, requestSerialize, responseDeserialize } = methodOf(method);
    const signals = signalsOf(options.signal, closing.signal);
    return new Promise((resolve, reject) => {
      if (signals.some(({ aborted }) => aborted)) return reject(new StoppedInTime());
      let sawHeaders = false;
      let isUnsent = false;
      const call = client.makeUnaryRequest<object, object>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        headersOf(options.headers),
        { deadline: Date.now() + options.deadlineMs },
        (error: ServiceError | null, answer?: object) => {
          for (const signal of signals) signal.removeEventListener('abort', cancel);
          if (answer && !error) resolve(answer);
          else if (signals.some(({ aborted }) => aborted))
            reject(isUnsent ? new StoppedInTime() : new CancelledError());
          else if (error) reject(callFailure(error, sawHeaders));
        },
      );
      const cancel = (): void => {
        // As long as it waits for a connection, it has no peer but the name.
        isUnsent = call.getPeer() === client.getChannel().getTarget();
        call.cancel();
      };
      call.on('metadata', () => (sawHeaders = true));
      for (const signal of signals) signal.addEventListener('abort', cancel, { once: true });
    });
  }

  function open(method: MethodName, options: CallOptions): UploadStream {
    const signals = signalsOf(options.signal, closing.signal);
    return openUploadStream(client, methodOf(method), {
      headers: headersOf(options.headers),
      deadlineMs: options.deadlineMs,
      signals,
    });
  }

  return {
    endpoint,
    ask,
    open,
    nameFailure: () => name.failure(),
    close() {
      closing.abort();
      client.close();
      name.close();
    },
  };
}

function transportSecurity({ tls }: Endpoint, ca: string | undefined): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const roots = ca === undefined ? null : Buffer.from([...rootCertificates, ca].join('\n'));
  // Said aloud because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
  return credentials.createSsl(roots, null, null, { rejectUnauthorized: true });
}

/** A new one for each call: it is changed on the way. */
function headersOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function signalsOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal[] {
  return signals.filter((signal) => signal !== undefined);
}
