import { createHttpClient } from '../core/http';
import type { AddressPolicy } from '../core/network-guard';
import type { BitrixPortal } from './portal';
import { createRestClient } from './rest-client';
import { parseWebhookAddress } from './webhook-address';

export interface WebhookConnection extends Pick<BitrixPortal, 'domain' | 'call'> {
  close(): void;
}

const USER_AGENT = 'bitlane-node-red/0.1';

/** A portal reached by the address of an incoming webhook. `signal` ends what is under way. */
export function connectByWebhook(
  webhookUrl: string,
  options: { allowPrivateNetwork: boolean; signal: AbortSignal },
): WebhookConnection {
  const policy: AddressPolicy = { origin: 'configured', allowPrivateNetwork: options.allowPrivateNetwork };
  const { base, domain } = parseWebhookAddress(webhookUrl, policy);
  const http = createHttpClient({
    policy,
    userAgent: USER_AGENT,
    timeoutMs: 60_000,
    maxResponseBytes: 20 * 1024 * 1024,
  });
  const call = createRestClient({ base, http });
  return {
    domain,
    call: (method, params, { idempotent, signal }) =>
      call({
        method,
        params,
        idempotent,
        signal: signal ? AbortSignal.any([signal, options.signal]) : options.signal,
      }),
    close: () => http.close(),
  };
}
