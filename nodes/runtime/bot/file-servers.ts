import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import type { HttpClient } from '../../../lib/core/http';

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
  const server = { origin, folder, http: createFileHttp({ origin, allowPrivateNetwork }) };
  servers.add(server);
  return () => {
    servers.delete(server);
    server.http.close();
  };
}

/** The client that may fetch this address; nothing when it is an address like any other. */
export function fileServerHttp(address: string): HttpClient | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname } = new URL(address);
  return [...servers].find((server) => server.origin === origin && pathname.startsWith(server.folder))?.http;
}
