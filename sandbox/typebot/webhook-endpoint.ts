import type { Bot } from './bot';
import { ok, type Call, type Endpoint, type Reply } from './call';
import { notFound } from './refusal';
import type { SessionStore } from './sessions';

/** What somebody outside has sent. A web page that listens would answer with it; the session itself stands still. */
export interface Broadcast {
  readonly sessionId: string;
  readonly resultId: string;
  readonly blockId: string;
  readonly body: unknown;
}

export interface WebhookParts {
  store: SessionStore;
  bots: () => readonly Bot[];
  broadcasts: Broadcast[];
  /** Without PartyKit nobody can listen. */
  hasPartyKit: boolean;
  mustBeUser: (call: Call) => void;
}

export function webhookEndpoint({ store, bots, broadcasts, ...parts }: WebhookParts): Endpoint {
  function run(call: Call): Reply {
    parts.mustBeUser(call);
    const [botId, blockId = '', resultId = ''] = call.path;
    if (!parts.hasPartyKit) throw notFound('PartyKit not configured');
    const bot = bots().find(({ id }) => id === botId);
    if (!bot) throw notFound('Typebot not found');
    const block = bot.block(blockId);
    if (block?.kind !== 'action' || block.action.type !== 'listenForWebhook')
      throw notFound('Webhook block not found');
    const result = store.results.get(resultId);
    if (result?.botName !== bot.name) throw notFound('No chat session found');
    broadcasts.push({ sessionId: result.sessionId, resultId, blockId, body: call.body });
    return ok({ message: 'OK' });
  }

  return {
    name: 'webhook',
    method: 'POST',
    path: /^\/api\/v1\/typebots\/([^/]+)\/blocks\/([^/]+)\/results\/([^/]+)\/executeWebhook$/,
    concern: ({ path }) => ({ bot: bots().find(({ id }) => id === path[0]) }),
    run,
  };
}
