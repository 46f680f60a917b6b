import { randomBytes } from 'node:crypto';
import type { Limits } from './limiter';
import { createAppGrants, type AppGrants } from './oauth';
import { addStaff } from './people';
import { createIds, type Line, type PortalState, type WebhookCard } from './state';

export interface PortalClock {
  now: () => number;
}

export interface AppInit {
  clientId?: string;
  clientSecret?: string;
  scopes?: readonly string[];
  userId?: number;
  /** Where `ONAPPINSTALL` goes. */
  installUrl?: string;
  installed?: boolean;
  version?: number;
}

export interface PortalOptions {
  /** Default: any free one. */
  port?: number;
  memberId?: string;
  webhook?: Partial<WebhookCard>;
  language?: string;
  plan?: 'standard' | 'enterprise';
  /** Default: what the plan allows. */
  limits?: 'off' | Limits;
  /** The status of the rate limit's answer; the documentation names both. */
  rateLimitStatus?: 503 | 429;
  clock?: PortalClock;
  app?: AppInit;
  /** Where the app's tokens are refreshed; without it there is no such server. */
  authServer?: { origin: string; grants: AppGrants };
  lines?: readonly (Partial<Line> & { id: number })[];
  deliveryTimeLimitMs?: number;
  /** Whether v2 methods take a v1 bot's CLIENT_ID for its botToken. Default: no. */
  v2MethodsForV1Bots?: boolean;
  /** Whether download links insist on the headers that the documentation asks for. Default: yes. */
  downloadHeaders?: 'required' | 'ignored';
  /** How often a download link is good. Default: once. Those of recordings last. */
  downloadLinks?: 'once' | 'lasting';
  /** Whether a batch resolves `$result[...]`. Default: resolved. */
  batchReferences?: 'resolved' | 'left';
  /** How many calls the call log keeps; default all. For very long runs. */
  keptCalls?: number;
  /** Whether the call log keeps what was answered, too; default no. */
  keepsAnswers?: boolean;
}

const usualScopes = ['imbot', 'imopenlines', 'im', 'disk', 'user', 'crm', 'telephony'];

export function createPortalState(
  options: PortalOptions,
  host: { origin: string; domain: string },
): PortalState {
  const clock = options.clock ?? { now: () => Date.now() };
  const now = (): number => clock.now();
  const state: PortalState = {
    memberId: options.memberId ?? randomBytes(16).toString('hex'),
    ...host,
    serverEndpoint: `${options.authServer?.origin ?? 'https://oauth.bitrix.info'}/rest/`,
    language: options.language ?? 'en',
    plan: options.plan ?? 'standard',
    now,
    webhook: {
      userId: 1,
      secret: randomBytes(8).toString('hex'),
      scopes: usualScopes,
      admin: true,
      ...options.webhook,
    },
    app: options.app ? appFrom(options.app) : undefined,
    grants: options.authServer?.grants ?? createAppGrants(now),
    v2MethodsForV1Bots: options.v2MethodsForV1Bots ?? false,
    batchReferences: options.batchReferences ?? 'resolved',
    users: new Map(),
    bots: new Map(),
    commands: new Map(),
    chats: new Map(),
    messages: new Map(),
    files: new Map(),
    sessions: new Map(),
    crmItems: new Map(),
    lines: new Map(linesFrom(options.lines).map((line) => [line.id, line])),
    v1Handlers: new Map(),
    bindings: [],
    nextId: createIds(),
  };
  addStaff(state);
  if (state.app) {
    state.grants.addApp(state.app, {
      memberId: state.memberId,
      domain: () => state.domain,
    });
  }
  return state;
}

function appFrom(init: AppInit): NonNullable<PortalState['app']> {
  return {
    clientId: init.clientId ?? `local.${randomBytes(8).toString('hex')}`,
    clientSecret: init.clientSecret ?? randomBytes(20).toString('hex'),
    scopes: init.scopes ?? usualScopes,
    userId: init.userId ?? 1,
    installUrl: init.installUrl,
    installed: init.installed ?? true,
    version: init.version ?? 1,
  };
}

function linesFrom(inits: PortalOptions['lines']): Line[] {
  const usual = [
    { id: 3, name: 'Support' },
    { id: 4, name: 'Sales' },
  ];
  return (inits ?? usual).map((init) => ({
    name: `Channel ${init.id}`,
    active: true,
    operators: [7, 9],
    turn: 0,
    welcomeText: 'Welcome! How can we help?',
    welcomeBot: 'any',
    botJoin: 'always',
    botLeft: 'queue',
    ...init,
  }));
}
