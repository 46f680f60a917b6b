import { accessSeconds, type TokenPair } from './oauth';
import { post, type PostAnswer } from './posting';
import type { AppOnPortal, PortalState } from './state';

/** How the portal opens an installed app: a form, posted into a frame by the browser of whoever opens it. */
export interface AppFrame {
  /** The form itself, as the browser gets it; each has tokens of its own. */
  form: (options?: OpeningOptions) => FrameForm;
  /** Posts it as the browser would, and gives what the frame would show. */
  open: (options?: OpeningOptions) => Promise<PostAnswer>;
  /** The portal's own page with the frame in it. */
  html: (options?: OpeningOptions) => string;
}

export interface OpeningOptions {
  userId?: number;
  language?: string;
  pageUrl?: string;
  /** A browser can send anything. */
  fields?: Readonly<Record<string, string>>;
}

export interface FrameForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export function createAppFrame(state: PortalState): AppFrame {
  function form(options: OpeningOptions = {}): FrameForm {
    const app = appOf(state);
    const { userId = app.userId, language = state.language, fields = {} } = options;
    const pair = state.grants.issue(app.clientId, userId);
    const action = openingUrl(state, options.pageUrl ?? app.installUrl ?? '', language);
    return { action, fields: { ...openingFields(state, pair), ...fields } };
  }

  return {
    form,
    open(options) {
      const { action, fields } = form(options);
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return post(action, new URLSearchParams(fields).toString(), headers);
    },
    html: (options) => framePage(form(options)),
  };
}

function appOf(state: PortalState): AppOnPortal {
  if (!state.app) throw new Error('this portal has no app');
  return state.app;
}

export function openingUrl(state: PortalState, pageUrl: string, language: string): string {
  const page = new URL(pageUrl);
  const protocol = state.origin.startsWith('https:') ? '1' : '0';
  page.search = String(
    new URLSearchParams({ DOMAIN: state.domain, PROTOCOL: protocol, LANG: language, APP_SID: 'sid' }),
  );
  return page.href;
}

/** What comes with every opening; an installation brings more. */
export function openingFields(state: PortalState, pair: TokenPair): Record<string, string> {
  return {
    AUTH_ID: pair.token,
    AUTH_EXPIRES: String(accessSeconds),
    REFRESH_ID: pair.refreshToken,
    SERVER_ENDPOINT: state.serverEndpoint,
    member_id: state.memberId,
    status: 'L',
    PLACEMENT: 'DEFAULT',
    PLACEMENT_OPTIONS: '{"any":"6/"}',
  };
}

function framePage({ action, fields }: FrameForm): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${quoted(name)}" value="${quoted(value)}">`,
  );
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Portal</title><link rel="icon" href="data:,">
<style>body{margin:0}iframe{border:0;width:100%;height:100vh}</style></head>
<body>
<form method="post" target="app" action="${quoted(action)}">${inputs.join('')}</form>
<iframe name="app" title="App"></iframe>
<script>document.forms[0].submit()</script>
</body></html>
`;
}

function quoted(text: string): string {
  return text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
