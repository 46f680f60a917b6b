import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../lib/core/clock';
import type { HttpClient } from '../../../lib/core/http';
import type { AppHub } from '../../../lib/bitrix24/hub/app-hub';
import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import type { ChangeBook } from '../../../lib/bitrix24/page/change-book';
import { createPageDesk, type PageDesk } from '../../../lib/bitrix24/page/page-desk';
import type { PageFiles } from '../../../lib/bitrix24/page/page-html';
import { createPageSessions } from '../../../lib/bitrix24/page/page-session';
import { readProfile, visitorCredential } from '../../../lib/bitrix24/page/visitor';
import type { Credential } from '../../../lib/bitrix24/rest/credential';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import type { StoreSource } from '../../../lib/store/store';

export interface PagePlace {
  clientId: string;
  book: ChangeBook;
  bots: () => readonly BotOfHub[];
  hub: () => Pick<AppHub, 'knows'>;
  /** Where the sessions of open pages are kept. */
  store: StoreSource;
  openHttp: (origin: URL) => HttpClient;
  openRest: (http: HttpClient, credential: Credential) => PortalRest;
}

/** The page that the app shows inside its portals. */
export function openPageDesk(place: PagePlace): { desk: PageDesk; close: () => void } {
  const { clientId, book } = place;
  const clients = new Map<string, HttpClient>();

  function httpTo(endpoint: URL): HttpClient {
    const http = clients.get(endpoint.origin) ?? place.openHttp(endpoint);
    clients.set(endpoint.origin, http);
    return http;
  }

  const desk = createPageDesk({
    clientId,
    sessions: createPageSessions(place.store, systemClock),
    book,
    clock: systemClock,
    files: readPageFiles(),
    bots: () => place.bots().flatMap(({ served }) => served ?? []),
    hasPortal: (memberId) => place.hub().knows(memberId),
    async askProfile({ endpoint, accessToken }) {
      const rest = place.openRest(httpTo(endpoint), visitorCredential(endpoint, accessToken));
      try {
        return await readProfile(rest, systemClock);
      } finally {
        rest.close();
      }
    },
  });
  return { desk, close: () => clients.forEach((http) => http.close()) };
}

/** In the order in which they need each other. */
const scripts = ['elements.js', 'server.js', 'editor.js', 'page.js'];

/** They lie beside the compiled code in the package, and beside the source in the repository. */
function readPageFiles(): PageFiles {
  const folder = pageFolder(__dirname);
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  return { script: scripts.map(read).join('\n'), style: read('page.css') };
}

function pageFolder(from: string): string {
  const folder = join(from, 'resources', 'page');
  if (existsSync(folder)) return folder;
  if (dirname(from) === from) throw new Error('the files of the page are missing from the package');
  return pageFolder(dirname(from));
}
