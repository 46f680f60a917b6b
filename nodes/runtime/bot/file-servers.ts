import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import { addressRefusal } from '../../../lib/core/address-rules';
import type { HttpClient, HttpRequest } from '../../../lib/core/http';

interface FileServer {
  readonly origin: string;
  readonly folder: string;
  readonly http: HttpClient;
}

const servers = new Set<FileServer>();

/**
 * A bot builder in one's own network gives its files away there, where an address that a bot names is not followed
 * otherwise. Only what lies in this folder is. The function that comes back ends it.
 */
export function addFileServer(
  origin: string,
  folder: string,
  { allowPrivateNetwork }: { allowPrivateNetwork: boolean },
): () => void {
  const http = keptInFolder(createFileHttp({ origin, allowPrivateNetwork }), origin, folder);
  const server = { origin, folder, http };
  servers.add(server);
  return () => {
    servers.delete(server);
    server.http.close();
  };
}

/** The client that may fetch this address; nothing when it is an address like any other. */
export function fileServerHttp(address: string): HttpClient | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return [...servers].find(({ origin, folder }) => url.origin === origin && liesIn(folder, url))?.http;
}

/** A redirect may name any address of the server, and each of its hops is a request of its own. */
function keptInFolder(http: HttpClient, origin: string, folder: string): HttpClient {
  const check = async ({ url }: HttpRequest): Promise<void> => {
    if (url.origin !== origin || liesIn(folder, url)) return;
    const what = `${url.host} gives files away in one folder only, and this is none of it`;
    throw addressRefusal('folder', url.host, what);
  };
  return {
    send: (request) => check(request).then(() => http.send(request)),
    stream: (request) => check(request).then(() => http.stream(request)),
    close: () => http.close(),
  };
}

/** Dots and slashes that are written otherwise, perhaps twice, lead out of a folder on servers that read them. */
const hiddenSteps = /\/\.\.|\\|%(?:25)*(?:2e|2f|5c)/i;

function liesIn(folder: string, { pathname }: URL): boolean {
  return folder === '/' || (pathname.startsWith(folder) && !hiddenSteps.test(pathname));
}
