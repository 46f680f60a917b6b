import { createHttpClient } from '../../../lib/core/http';
import { USER_AGENT } from '../../../lib/core/user-agent';
import { createTypebotClient, type TypebotClient } from '../../../lib/typebot/client';
import type { Settings } from '../../runtime/settings';

/** A turn of a bot is text; its pictures and files are addresses. */
const LARGEST_ANSWER_BYTES = 8 * 1024 * 1024;

export interface OpenedTypebot {
  client: TypebotClient;
  /** Where the files of the bot may lie, when its server is in one's own network. */
  origin: string;
  allowPrivateNetwork: boolean;
  close: () => Promise<void>;
}

/** The bot as the settings name it. Nothing is called yet. */
export function openTypebot(settings: Settings): OpenedTypebot {
  const allowPrivateNetwork = settings.flag('allowPrivateNetwork', false);
  const timeoutMs = settings.number('timeoutSeconds', 90, { min: 1, max: 600 }) * 1000;
  const startUrl = settings.required('startUrl');
  const apiBaseUrl = settings.text('apiBaseUrl');
  const token = settings.secret('token');
  const http = createHttpClient({
    policy: { origin: 'configured', allowPrivateNetwork },
    userAgent: USER_AGENT,
    timeoutMs,
    maxResponseBytes: LARGEST_ANSWER_BYTES,
  });
  try {
    const client = createTypebotClient({
      startUrl,
      http,
      timeoutMs,
      allowPrivateNetwork,
      ...(apiBaseUrl !== '' && { apiBaseUrl }),
      ...(token !== undefined && { token }),
    });
    return {
      client,
      origin: client.origin,
      allowPrivateNetwork,
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
