import { createAppFrame } from './app-frame';
import type { Pages } from './portal-server';
import type { PortalState } from './state';

/** Addresses that are no REST methods: the page that gives out an authorisation code, and the one that shows the app. */
export function createPages(state: PortalState): Pages {
  const frame = createAppFrame(state);

  function authorise(query: URLSearchParams): string | undefined {
    const { app } = state;
    // On a wrong application nothing is sent back anywhere: the user just sees a page.
    if (app?.installUrl === undefined || query.get('client_id') !== app.clientId) return undefined;
    const back = new URL(app.installUrl);
    back.search = String(
      new URLSearchParams({
        code: state.grants.issueCode(app.clientId, app.userId),
        state: query.get('state') ?? '',
        domain: state.domain,
        member_id: state.memberId,
        scope: app.scopes.join(','),
        server_domain: new URL(state.serverEndpoint).host,
      }),
    );
    return back.href;
  }

  return {
    serve(request, response) {
      const { pathname, searchParams } = request.url;
      if (pathname === '/app/' && state.app?.installUrl !== undefined) {
        const userId = Number(searchParams.get('user') ?? state.app.userId);
        const language = searchParams.get('lang') ?? state.language;
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
        response.end(frame.html({ userId, language }));
        return true;
      }
      const back = pathname === '/oauth/authorize/' ? authorise(searchParams) : undefined;
      if (back === undefined) return false;
      response.writeHead(302, { Location: back });
      response.end();
      return true;
    },
  };
}
