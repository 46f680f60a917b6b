import { createHttpClient, type HttpClient } from '../../core/http';
import { USER_AGENT } from '../../core/user-agent';

/** What the product promises for a file, in and out. */
export const LARGEST_FILE_BYTES = 100 * 1024 * 1024;

export interface FileHttpOptions {
  /** The portal's own origin: it may lie where other received addresses may not. */
  readonly origin: string;
  readonly allowPrivateNetwork?: boolean | undefined;
  readonly ca?: string | undefined;
}

/** A client for files of one portal. The links come in answers, so they lead to the portal or to the public network. */
export function createFileHttp({ origin, allowPrivateNetwork, ca }: FileHttpOptions): HttpClient {
  return createHttpClient({
    policy: { origin: 'received', trustedOrigins: [origin], allowPrivateNetwork },
    userAgent: USER_AGENT,
    timeoutMs: 60_000,
    maxResponseBytes: LARGEST_FILE_BYTES,
    ca,
  });
}
