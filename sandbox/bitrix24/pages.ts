import type { Pages } from './portal-server';
import type { PortalState } from './state';

/** Addresses that are no REST methods: the page that gives out an authorisation code. */
export function createPages(state: PortalState): Pages {
  return {
    serve(request, response) {
      const { pathname, searchParams } = request.url;
      if (pathname !== '/oauth/authorize/') return false;
      const { app } = state;
      // On a wrong application nothing is sent back anywhere: the user just sees a page.
      if (app?.installUrl === undefined || searchParams.get('client_id') !== app.clientId) return false;
      const back = new URL(app.installUrl);
      back.search = String(
        new URLSearchParams({
          code: state.grants.issueCode(app.clientId, app.userId),
          state: searchParams.get('state') ?? '',
          domain: state.domain,
          member_id: state.memberId,
          scope: app.scopes.join(','),
          server_domain: new URL(state.serverEndpoint).host,
        }),
      );
      response.writeHead(302, { Location: back.href });
      response.end();
      return true;
    },
  };
}
