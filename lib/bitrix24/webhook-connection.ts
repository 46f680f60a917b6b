import type { Clock } from '../core/clock';
import { createHttpClient } from '../core/http';
import type { AddressPolicy } from '../core/network-guard';
import type { PortalPlan } from './limiter-registry';
import type { PortalRest } from './portal';
import { createRestClient } from './rest-client';
import { parseWebhookAddress } from './webhook-address';
import { webhookCredential } from './webhook-credential';

export interface WebhookConnection extends PortalRest {
  readonly domain: string;
}

export interface WebhookConnectionOptions {
  allowPrivateNetwork: boolean;
  plan?: PortalPlan;
  /** PEM certificates of authorities to trust besides the public ones. */
  ca?: string;
  /** Ends everything, as `close` does. */
  signal?: AbortSignal;
  clock?: Clock;
  random?: () => number;
}

export const USER_AGENT = 'bitlane-node-red/0.1';
/** A little over what the portal gives one request. */
const timeoutMs = 65_000;
const maxResponseBytes = 20 * 1024 * 1024;

/** A portal reached by the address of an incoming webhook. */
export function connectByWebhook(webhookUrl: string, options: WebhookConnectionOptions): WebhookConnection {
  const { allowPrivateNetwork, ca, signal, ...clientOptions } = options;
  const policy: AddressPolicy = { origin: 'configured', allowPrivateNetwork };
  const { base, domain } = parseWebhookAddress(webhookUrl, policy);
  const http = createHttpClient({ policy, userAgent: USER_AGENT, timeoutMs, maxResponseBytes, ca });
  const rest = createRestClient({ credential: webhookCredential(base), http, ...clientOptions });
  const close = (): void => {
    rest.close();
    http.close();
  };
  signal?.addEventListener('abort', close, { once: true });
  return { ...rest, domain, close };
}
