import { InvalidError } from '../../core/errors';
import { isLoopbackHost } from '../../core/network-guard';

/** Bitrix24's own: the world, and newer Russian portals. */
export const publicAuthHosts: readonly string[] = ['oauth.bitrix.info', 'oauth.bitrix24.tech'];

/** The auth servers that may be told the client secret. Whatever a portal or an event names must be one of them. */
export interface AuthHosts {
  /** Of an address that came from outside, such as `https://oauth.bitrix.info/rest/`. */
  originOf(endpoint: string): string;
  /** Of a bare host, as the authorisation page names it; the first of the list when none is named. */
  originOfHost(host: string | undefined): string;
  /** The integrator works with stand-ins on this machine, so portals may be there too. */
  readonly onlyLoopback: boolean;
}

export function createAuthHosts(entries: readonly string[] = publicAuthHosts): AuthHosts {
  const servers = (entries.length === 0 ? publicAuthHosts : entries).map(parseEntry);
  const origins = new Set(servers.flatMap((server) => server.origins));

  return {
    originOf(endpoint) {
      if (!URL.canParse(endpoint)) throw unlisted('?');
      const url = new URL(endpoint);
      if (url.username || url.password || !origins.has(url.origin)) throw unlisted(url.host);
      return url.origin;
    },
    originOfHost(host) {
      const wanted = host?.toLowerCase();
      const server = wanted === undefined ? servers[0] : servers.find((one) => one.host === wanted);
      const [origin] = server?.origins ?? [];
      if (origin === undefined) throw unlisted(wanted ?? '?');
      return origin;
    },
    onlyLoopback: servers.every(({ isLoopback }) => isLoopback),
  };
}

interface AuthServerEntry {
  host: string;
  isLoopback: boolean;
  /** What it may be reached by, the likeliest first. */
  origins: readonly string[];
}

function parseEntry(entry: string): AuthServerEntry {
  const [, scheme, rest] = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/i.exec(entry.trim()) ?? [];
  const text = `https://${rest ?? ''}`;
  if (rest === undefined || !URL.canParse(text)) throw malformed();
  const { host, hostname } = new URL(text);
  const isLoopback = isLoopbackHost(hostname);
  const secure = new URL(text).origin;
  const plain = new URL(`http://${rest}`).origin;
  if (scheme?.toLowerCase() === 'http' && !isLoopback) throw malformed();
  if (!isLoopback || scheme?.toLowerCase() === 'https') return { host, isLoopback, origins: [secure] };
  return { host, isLoopback, origins: scheme === undefined ? [plain, secure] : [plain] };
}

function malformed(): InvalidError {
  return new InvalidError('CONFIG_INVALID', 'the list of auth servers holds something else than a host', {
    params: {
      property: 'authHosts',
      expected: 'oauth.bitrix.info, oauth.example.com:8443',
      why: 'hosts',
    },
  });
}

function unlisted(host: string): InvalidError {
  return new InvalidError(
    'BITRIX_AUTH_HOST',
    `the auth server ${host} is not in the list of the portal node`,
    {
      params: { host },
    },
  );
}
