import { createHttpClient } from '../../../lib/core/http';
import { USER_AGENT } from '../../../lib/core/user-agent';
import { createDifyClient, type DifyClient } from '../../../lib/dify/client';
import type { Settings } from '../../runtime/settings';

/** Each request says its own limits; these are for one that would not. */
const HTTP_LIMITS = { timeoutMs: 60_000, maxResponseBytes: 16 * 1024 * 1024 };
/** From a tenth of a second to a day. */
const SECONDS = { min: 0.1, max: 86_400 };

export interface OpenedDify {
  client: DifyClient;
  /** Stops what runs, then gives the connections back. */
  close: () => Promise<void>;
}

/** The app as the settings name it. Nothing is called yet. */
export function openDify(settings: Settings): OpenedDify {
  const allowPrivateNetwork = settings.flag('allowPrivateNetwork', false);
  const ms = (property: string, seconds: number): number =>
    settings.number(property, seconds, SECONDS) * 1000;
  const timers = {
    connectMs: ms('connectTimeoutSeconds', 15),
    idleMs: ms('idleTimeoutSeconds', 45),
    progressMs: ms('progressTimeoutSeconds', 300),
    totalMs: ms('totalTimeoutSeconds', 600),
  };
  const baseUrl = settings.text('baseUrl', 'https://api.dify.ai/v1');
  const apiKey = settings.requiredSecret('apiKey');
  const http = createHttpClient({
    ...HTTP_LIMITS,
    policy: { origin: 'configured', allowPrivateNetwork },
    userAgent: USER_AGENT,
  });
  try {
    const client = createDifyClient({ baseUrl, apiKey, http, timers, allowPrivateNetwork });
    return {
      client,
      async close() {
        await client.close();
        http.close();
      },
    };
  } catch (error) {
    http.close();
    throw error;
  }
}
