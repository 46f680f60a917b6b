import type { Clock } from '../../core/clock';
import { at, textAt } from '../../core/fields';
import type { ChangeBook } from '../page/change-book';
import type { PageDesk } from '../page/page-desk';
import type { Credential, TokenVault } from '../rest/credential';
import type { BitrixEvent } from '../events/event';
import { createEventDesk, type EventKeeper } from '../events/event-desk';
import type { IntakeAnswer } from '../events/event-intake';
import { createAppPortals } from './app-portals';
import type { PortalHub } from './hub';
import { createPortalNews } from './portal-news';
import type { PortalRest } from '../rest/portal';
import type { StoreSource } from '../../store/store';
import { sameToken } from '../events/envelope';
import {
  appRequestKind,
  createAppInstaller,
  createAuthorizationLinks,
  createFrameCheck,
  keepAliveDaily,
  installPageHtml,
  type AppRequest,
  type AuthServerClient,
  type InstallOutcome,
  type PortalAddresses,
  type RefusedInstall,
} from '../oauth';
import { FAREWELL_MS, type RunningHub } from './webhook-hub';

export interface AppHubOptions {
  path: string;
  store: StoreSource;
  fileHttp: PortalHub['fileHttp'];
  keeper: EventKeeper;
  vault: TokenVault;
  /** The tokens by which an event of this portal is believed, also while the vault is away. Rejects when nobody knows. */
  senderTokens: TokenVault['load'];
  authServer: AuthServerClient;
  addresses: PortalAddresses;
  clock: Clock;
  connect: (credential: Credential) => PortalRest;
  /** What an installation, an update or a removal came to; also why one was refused. */
  onOutcome: (outcome: InstallOutcome) => void;
  /** Something that nobody asked for went wrong. */
  onFailure: (error: Error) => void;
  /** An event of a portal that we know was turned away. */
  onRefused: () => void;
  onUnwanted: (event: BitrixEvent) => void;
  onShared: () => void;
  /** What the portals' own administrators have changed of their bots. */
  changes: Pick<ChangeBook, 'isOff' | 'forgetPortal'>;
  /** An event of a bot that is switched off. */
  onOff: (event: BitrixEvent) => void;
  page: PageDesk;
  /** Somebody wanted to see the page and was not let in. */
  onPageRefused: (outcome: RefusedInstall) => void;
}

export interface AppHub extends RunningHub {
  /** Where an administrator of that portal goes when the installation never arrived. */
  authorisationLink: (domain: string) => Promise<string>;
  /** Whether the app is installed on that portal, be it by way of another Node-RED a moment ago. */
  knows: (memberId: string) => Promise<boolean>;
}

/** Every portal that has installed the app. */
export function createAppHub(options: AppHubOptions): AppHub {
  const { vault, authServer, addresses, clock, connect, keeper, onOutcome, onFailure } = options;
  const installer = createAppInstaller({ vault, authServer, addresses, clock });
  const links = createAuthorizationLinks({ store: options.store, vault, authServer, addresses, clock });
  const checkFrame = createFrameCheck({ vault, authServer, addresses, clock });
  const news = createPortalNews(options.store, authServer.clientId, clock);
  const desk = createEventDesk(keeper, {
    onUnwanted: options.onUnwanted,
    isOff: ({ portal, bot }) => options.changes.isOff({ memberId: portal.memberId, code: bot.code }),
    onOff: options.onOff,
  });
  /** The token of the person who installed the app, which a flow may ask for by name. */
  const ofInstallers = new Map<string, string>();
  const closing = new AbortController();
  const tellFailure = (error: Error): void => {
    if (!closing.signal.aborted) onFailure(error);
  };
  const portals = createAppPortals({
    ...{ vault, authServer, addresses, clock, connect },
    onOpened: () => keeper.readersChanged(),
    onFailure: tellFailure,
  });

  portals.ready
    .catch(tellFailure)
    .then(() =>
      keepAliveDaily({
        ...{ store: options.store, vault, authServer, addresses, clock },
        ...{ signal: closing.signal, onFailure: tellFailure },
      }),
    )
    .catch(tellFailure);

  portals.ready
    .catch(() => undefined)
    .then(() => news.follow(closing.signal, () => portals.compareWithVault()))
    .catch(() => undefined);

  async function receiveApp(request: { body: unknown; query: unknown }): Promise<IntakeAnswer | undefined> {
    const kind = appRequestKind(request);
    if (kind === undefined) return undefined;
    await portals.ready;
    const shown = kind === 'page' ? await openPage(request) : undefined;
    if (shown) return shown;
    const outcome = await installer.receive(request);
    if (outcome.kind === 'installed') await portals.installed(outcome.memberId);
    if (outcome.kind === 'updated') await portals.updated(outcome.memberId);
    if (outcome.kind === 'uninstalled') portals.drop(outcome.memberId);
    if (outcome.kind === 'installed' || outcome.kind === 'uninstalled') await news.tell();
    if (outcome.kind === 'uninstalled' && outcome.clean) await options.changes.forgetPortal(outcome.memberId);
    onOutcome(outcome);
    if (outcome.kind === 'refused') return { status: 401, text: 'refused' };
    if (kind !== 'page' || outcome.kind !== 'installed') return { status: 200, text: '' };
    const page = installPageHtml(textAt(request.query, 'LANG') ?? 'en', outcome.origin);
    return { status: 200, text: page.html, headers: page.headers };
  }

  /** Undefined for an installation, which comes in the same form. */
  async function openPage(request: AppRequest): Promise<IntakeAnswer | undefined> {
    const outcome = await checkFrame(request);
    if (outcome.kind === 'install') return undefined;
    if (outcome.kind === 'refused') {
      options.onPageRefused(outcome);
      return { status: 401, text: 'refused' };
    }
    // An authorisation that was lost comes back with whoever gave it. What is under way at the portal goes on.
    if (outcome.visit.isInstaller) await installer.receive(request);
    return options.page.open(outcome.visit);
  }

  async function receiveReturn(query: unknown): Promise<IntakeAnswer | undefined> {
    if (!links.isReturn(query)) return undefined;
    const outcome = await links.complete(query);
    if (outcome.kind === 'installed') {
      await portals.installed(outcome.memberId);
      await news.tell();
    }
    onOutcome(outcome);
    const isDone = outcome.kind === 'installed';
    return { status: isDone ? 200 : 401, text: isDone ? 'authorised' : 'refused' };
  }

  /**
   * An app that was let in by a link has never been told its application token. An event tells it whose own access
   * token the auth server vouches for, just as with a new version of the app.
   */
  async function learnFrom(body: unknown): Promise<boolean> {
    const outcome = await installer.receive({ body: { event: 'ONAPPUPDATE', auth: at(body, 'auth') } });
    // The store could not be asked: that does not make a stranger of it.
    if (outcome.kind === 'refused' && outcome.reason === 'store' && outcome.error) throw outcome.error;
    return outcome.kind === 'updated';
  }

  return {
    authorisationLink: (domain) => links.link(domain),
    knows: (memberId) => portals.knows(memberId),
    kind: 'app',
    path: options.path,
    store: options.store,
    fileHttp: options.fileHttp,
    portals: portals.all,
    find: portals.find,
    onPortal: portals.onPortal,
    subscribe: (subscription) => desk.subscribe(subscription),
    deliver: (event, tokens) => desk.deliver(event, tokens),
    readerOf: (event) => (portals.find(event.portal) ? desk.readerOf(event) : undefined),
    backlog: (reader) => keeper.backlog(reader),
    gate: {
      async accepts(envelope, body) {
        const tokens = await options.senderTokens(envelope.memberId);
        if (tokens) ofInstallers.set(envelope.memberId, tokens.accessToken);
        const isBelieved =
          tokens?.applicationToken === ''
            ? await learnFrom(body)
            : sameToken(envelope.applicationToken, tokens?.applicationToken ?? '');
        if (isBelieved) portals.heardOf(envelope.memberId, tokens?.installation);
        return isBelieved;
      },
      async deliver(event, tokens) {
        const ofInstaller = ofInstallers.get(event.portal.memberId);
        await desk.deliver(event, {
          ...tokens,
          ...(ofInstaller !== undefined && { user_access_token: ofInstaller }),
        });
      },
      receiveApp,
      receiveReturn,
      async receivePage(request) {
        await portals.ready;
        return options.page.receive(request);
      },
      wants: (event) => desk.wants(event),
      onUnwanted: options.onUnwanted,
      onShared: options.onShared,
      onRefused(envelope) {
        if (portals.has(envelope.memberId)) options.onRefused();
      },
    },
    async close() {
      closing.abort();
      await Promise.all(portals.all().map(({ rest }) => rest.finish(FAREWELL_MS)));
      await authServer.close();
    },
  };
}
