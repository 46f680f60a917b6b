import { openingFields, openingUrl } from './app-frame';
import type { Courier, Delivery } from './deliveries';
import { appToken, appTokens } from './event-auth';
import type { TokenPair } from './oauth';
import type { PhpMap } from './php-query';
import { post } from './posting';
import { unixSeconds } from './stamp';
import type { AppOnPortal, PortalState } from './state';

/** What the portal tells an app about itself: installed, updated, removed. */
export interface AppEvents {
  /** Finishes the installation and tells the app, with both tokens. */
  install: (options?: { handlerUrl?: string }) => Promise<Delivery>;
  /** The same for an app with an interface: a form posted by the frame. Gives the status of the page. */
  installPage: (options?: { pageUrl?: string }) => Promise<number>;
  /** A new version drops every handler of the app. */
  update: () => Promise<Delivery>;
  uninstall: (options?: { clean?: boolean }) => Promise<Delivery>;
  /** An event that was bound with `event.bind`. */
  fire: (event: string, body: PhpMap) => Promise<Delivery[]>;
}

export function createAppEvents(state: PortalState, courier: Courier): AppEvents {
  function send(event: string, url: string | undefined, body: PhpMap, auth: PhpMap): Promise<Delivery> {
    return courier.sendFields(event, url, { event, data: body, ts: unixSeconds(state.now()), auth });
  }

  const bound = (event: string): string | undefined =>
    state.bindings.find((one) => one.event === event)?.handler;

  return {
    install({ handlerUrl } = {}) {
      const app = appOf(state);
      const pair = state.grants.issue(app.clientId, app.userId);
      app.installed = true;
      const body = { VERSION: app.version, ACTIVE: 'Y', INSTALLED: 'Y', LANGUAGE_ID: state.language };
      return send('ONAPPINSTALL', handlerUrl ?? app.installUrl, body, pairAuth(state, app, pair));
    },
    async installPage({ pageUrl } = {}) {
      const app = appOf(state);
      const pair = state.grants.issue(app.clientId, app.userId);
      app.installed = true;
      const page = openingUrl(state, pageUrl ?? app.installUrl ?? '', state.language);
      const form = new URLSearchParams(installForm(state, app, pair));
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return (await post(page, form.toString(), headers)).status;
    },
    update() {
      const app = appOf(state);
      const previous = app.version;
      app.version += 1;
      const url = bound('ONAPPUPDATE') ?? app.installUrl;
      dropHandlers(state, app);
      const body = { VERSION: app.version, PREVIOUS_VERSION: previous, LANGUAGE_ID: state.language };
      return send('ONAPPUPDATE', url, body, appTokens(state, app.clientId, app.userId));
    },
    uninstall({ clean = false } = {}) {
      const app = appOf(state);
      const url = bound('ONAPPUNINSTALL');
      dropHandlers(state, app);
      app.installed = false;
      state.grants.revokeAccess(state.memberId);
      const auth = {
        domain: state.domain,
        client_endpoint: `${state.origin}/rest/`,
        server_endpoint: state.serverEndpoint,
        member_id: state.memberId,
        application_token: appToken(state, app.clientId),
      };
      return send('ONAPPUNINSTALL', url, { LANGUAGE_ID: state.language, CLEAN: clean }, auth);
    },
    fire(event, body) {
      const handlers = state.bindings.filter((one) => one.event === event);
      const app = appOf(state);
      return Promise.all(
        handlers.map((one) => send(event, one.handler, body, appTokens(state, app.clientId, one.userId))),
      );
    },
  };
}

function appOf(state: PortalState): AppOnPortal {
  if (!state.app) throw new Error('this portal has no app');
  return state.app;
}

function pairAuth(state: PortalState, app: AppOnPortal, pair: TokenPair): PhpMap {
  return {
    ...appTokens(state, app.clientId, app.userId),
    access_token: pair.token,
    refresh_token: pair.refreshToken,
    expires: unixSeconds(pair.expiresAt),
  };
}

function installForm(state: PortalState, app: AppOnPortal, pair: TokenPair): Record<string, string> {
  return {
    ...openingFields(state, pair),
    APPLICATION_TOKEN: appToken(state, app.clientId),
    APPLICATION_SCOPE: app.scopes.join(','),
  };
}

/** Bots in fetch mode have no handler to lose. */
function dropHandlers(state: PortalState, app: AppOnPortal): void {
  state.bindings = [];
  state.v1Handlers.delete(`app:${app.clientId}`);
  for (const bot of state.bots.values()) {
    if (bot.owner.kind === 'app' && bot.owner.clientId === app.clientId) bot.handlerUrls = [];
  }
}
