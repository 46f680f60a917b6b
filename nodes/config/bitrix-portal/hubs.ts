import { systemClock } from '../../../lib/core/clock';
import { InvalidError } from '../../../lib/core/errors';
import { createHttpClient, type HttpClient } from '../../../lib/core/http';
import type { AddressPolicy } from '../../../lib/core/network-guard';
import { createAppHub, type AppHub, type AppHubOptions } from '../../../lib/bitrix24/hub/app-hub';
import type { Credential } from '../../../lib/bitrix24/rest/credential';
import type { BotOfHub, PortalHub } from '../../../lib/bitrix24/hub/hub';
import { createAuthServerClient, createPortalAddresses } from '../../../lib/bitrix24/oauth';
import { createChangeBook } from '../../../lib/bitrix24/page/change-book';
import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import {
  createMemberMemory,
  createPinStore,
  createSenderTokens,
  createTokenVault,
} from '../../../lib/bitrix24/hub/portal-records';
import type { EventKeeper } from '../../../lib/bitrix24/events/event-desk';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { createRestClient } from '../../../lib/bitrix24/rest/client';
import { parseWebhookAddress } from '../../../lib/bitrix24/rest/webhook-address';
import { USER_AGENT } from '../../../lib/core/user-agent';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import {
  createWebhookHub,
  type RunningHub,
  type WebhookHubOptions,
} from '../../../lib/bitrix24/hub/webhook-hub';
import { authoritiesOf } from '../../runtime/authorities';
import type { Settings } from '../../runtime/settings';
import type { StoreOffer } from '../../runtime/stores';
import { openPageDesk } from './page';
import { impatientGate, impatientSource, patientVault } from './store-patience';

const LIMITS = { timeoutMs: 60_000, maxResponseBytes: 20 * 1024 * 1024 };

/** Where the hub keeps what is its own, and its events until they are dealt with. */
export interface HubPlace {
  store: StoreOffer;
  keeper: EventKeeper;
  /** How each call to a portal ended at last; see the REST client. */
  onReach: (domain: string, failure: Error | undefined) => void;
}

export interface WebhookPortal {
  domain: string;
  connect: (base: URL) => PortalRest;
  base: URL;
  policy: AddressPolicy;
  close: () => void;
}

/** What the settings say about the one portal of a webhook. Nothing is called yet. */
export function webhookPortal(
  settings: Settings,
  { store, onReach }: Partial<Pick<HubPlace, 'store' | 'onReach'>> = {},
): WebhookPortal {
  const policy = configuredPolicy(settings);
  const { base, domain } = parseWebhookAddress(settings.requiredSecret('webhookUrl'), policy);
  const pinned = settings.text('domain').toLowerCase();
  if (pinned !== '' && pinned !== domain) {
    throw new InvalidError('CONFIG_INVALID', `the webhook belongs to ${domain}`, {
      params: { property: 'domain', expected: domain },
    });
  }
  const http = openHttp(settings, policy);
  const connect = (base: URL): PortalRest =>
    openRest(settings, http, webhookCredential(base), {
      store,
      onReach: (failure) => onReach?.(domain, failure),
    });
  return { domain, base, policy, connect, close: () => http.close() };
}

export function openWebhookHub(
  settings: Settings,
  { store, keeper, onReach }: HubPlace,
  botsOf: (hub: PortalHub) => readonly BotOfHub[],
  listeners: Pick<WebhookHubOptions, 'onRefused' | 'onUnwanted' | 'onShared'>,
): RunningHub {
  const { domain, base, connect, close } = webhookPortal(settings, { store, onReach });
  const files = createFileClients(settings);
  const inner = createWebhookHub({
    fileHttp: files.at,
    base,
    domain,
    path: eventsPath(settings),
    store: store.source,
    keeper,
    applicationToken: settings.secret('applicationToken'),
    // The one that the bots know: nobody has ever seen the inner one.
    bots: () => botsOf(hub),
    pins: createPinStore(impatientSource(store), domain),
    members: createMemberMemory(store.source, domain),
    connect,
    ...listeners,
  });
  const hub: RunningHub = closingAlso(inner, () => {
    files.close();
    close();
  });
  return hub;
}

type AppListeners =
  'onOutcome' | 'onFailure' | 'onRefused' | 'onUnwanted' | 'onShared' | 'onOff' | 'onPageRefused';

export function openAppHub(
  settings: Settings,
  { store, keeper, onReach }: HubPlace,
  botsOf: (hub: PortalHub) => readonly BotOfHub[],
  listeners: Pick<AppHubOptions, AppListeners>,
): AppHub {
  const clientId = settings.requiredSecret('clientId');
  const allowPrivateNetwork = settings.flag('allowPrivateNetwork', false);
  const authServer = createAuthServerClient({
    clientId,
    clientSecret: settings.requiredSecret('clientSecret'),
    authHosts: settings.list('authHosts', []),
    allowPrivateNetwork,
    ca: authoritiesOf(settings),
  });
  const addresses = createPortalAddresses({
    domain: settings.text('domain'),
    allowPrivateNetwork,
    loopbackPortals: authServer.hosts.onlyLoopback,
  });
  const clients: HttpClient[] = [];
  const files = createFileClients(settings);
  const book = createChangeBook(store.source);
  const page = openPageDesk({
    clientId,
    book,
    bots: () => botsOf(hub),
    hub: () => hub,
    store: store.source,
    openHttp: (endpoint) => openHttp(settings, addresses.policyFor(endpoint)),
    openRest: (http, credential) => openRest(settings, http, credential, { store }),
  });
  const inner = createAppHub({
    ...listeners,
    changes: book,
    page: page.desk,
    fileHttp: files.at,
    path: eventsPath(settings),
    store: store.source,
    keeper,
    vault: patientVault(createTokenVault(store.source, clientId), store),
    senderTokens: createSenderTokens(impatientSource(store), clientId),
    authServer,
    addresses,
    clock: systemClock,
    connect(credential) {
      const http = openHttp(settings, addresses.policyFor(credential.base()));
      clients.push(http);
      return openRest(settings, http, credential, {
        store,
        onReach: (failure) => onReach(credential.base().host, failure),
      });
    },
  });
  const gate = impatientGate(inner.gate, store);
  const hub: AppHub = closingAlso({ ...inner, gate }, () => {
    files.close();
    page.close();
    clients.forEach((http) => http.close());
  });
  return hub;
}

/** One for each origin, made when a file is wanted. */
function createFileClients(settings: Settings): { at: PortalHub['fileHttp']; close: () => void } {
  const clients = new Map<string, HttpClient>();
  const allowPrivateNetwork = settings.flag('allowPrivateNetwork', false);
  return {
    at(origin) {
      const client =
        clients.get(origin) ?? createFileHttp({ origin, allowPrivateNetwork, ca: authoritiesOf(settings) });
      clients.set(origin, client);
      return client;
    },
    close: () => clients.forEach((client) => client.close()),
  };
}

function openRest(
  settings: Settings,
  http: HttpClient,
  credential: Credential,
  { store, onReach }: { store: StoreOffer | undefined; onReach?: (failure: Error | undefined) => void },
): PortalRest {
  const plan = settings.choice('plan', ['standard', 'enterprise']);
  return createRestClient({ credential, http, plan, budget: store?.sharedBudget, onReach });
}

function openHttp(settings: Settings, policy: AddressPolicy): HttpClient {
  return createHttpClient({ ...LIMITS, policy, userAgent: USER_AGENT, ca: authoritiesOf(settings) });
}

export function eventsPath(settings: Settings): string {
  return settings.text('path', 'events');
}

function configuredPolicy(settings: Settings): AddressPolicy {
  return { origin: 'configured', allowPrivateNetwork: settings.flag('allowPrivateNetwork', false) };
}

function closingAlso<T extends RunningHub>(hub: T, close: () => void): T {
  return { ...hub, close: () => hub.close().finally(close) };
}
