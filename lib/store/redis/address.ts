import { InvalidError } from '../../core/errors';

export interface RedisHost {
  host: string;
  port: number;
}

/** Where a Redis is, and who we are there. */
export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster';
  hosts: readonly [RedisHost, ...RedisHost[]];
  isTls: boolean;
  username: string | undefined;
  password: string | undefined;
  /** Of the sentinels themselves. */
  sentinelPassword: string | undefined;
  /** The name under which the sentinels know the server. */
  master: string | undefined;
  db: number;
  /** For people: without user and passwords. */
  label: string;
}

const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^@/?]+)(?:\/([^/?]*))?(?:\?(.*))?$/s;

/**
 * `redis://[user:password@]host[:port][/db]`, `rediss://` for TLS,
 * `redis+sentinel://[user:password@]host:port,host:port/master[?db=0&sentinelPassword=...]` and
 * `redis+cluster://[user:password@]host:port,host:port`. Throws CONFIG_INVALID, which never repeats the address.
 */
export function parseRedisAddress(text: string): RedisAddress {
  const [, scheme = '', wished, login, hostList = '', path = '', query = ''] = form.exec(text.trim()) ?? [];
  if (scheme === '') throw invalid();
  const kind = wished === 'sentinel' || wished === 'cluster' ? wished : 'single';
  const [first, ...others] = hostList.split(',').map((host) => parseHost(host, kind));
  if (!first || (kind === 'single' && others.length > 0)) throw invalid();
  const options = new URLSearchParams(query);
  const master = kind === 'sentinel' ? decoded(path) : undefined;
  if (master === '') throw invalid();
  const db = parseDb(kind === 'single' ? path || (options.get('db') ?? '') : (options.get('db') ?? ''));
  if (kind === 'cluster' && (path !== '' || db !== 0)) throw invalid();
  const hosts: [RedisHost, ...RedisHost[]] = [first, ...others];
  const kindMark = kind === 'single' ? '' : `+${kind}`;
  const shownHosts = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const place = {
    single: `/${db}`,
    sentinel: `/${master ?? ''}${db === 0 ? '' : `?db=${db}`}`,
    cluster: '',
  }[kind];
  return {
    kind,
    hosts,
    isTls: scheme === 'rediss',
    ...parseLogin(login),
    sentinelPassword: options.get('sentinelPassword') ?? undefined,
    master,
    db,
    label: `${scheme}${kindMark}://${shownHosts.join(',')}${place}`,
  };
}

function parseHost(text: string, kind: RedisAddress['kind']): RedisHost {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? (kind === 'sentinel' ? 26_379 : 6379) : Number(port);
  if (host === undefined || number < 1 || number > 65_535) throw invalid();
  return { host, port: number };
}

function parseDb(text: string): number {
  if (!/^\d{0,5}$/.test(text)) throw invalid();
  return Number(text);
}

/** A name without a password is taken for the password, as it is without a colon in many addresses that are around. */
function parseLogin(login: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (login === undefined || login === '') return { username: undefined, password: undefined };
  const colon = login.indexOf(':');
  if (colon < 0) return { username: undefined, password: decoded(login) };
  const username = decoded(login.slice(0, colon));
  return { username: username === '' ? undefined : username, password: decoded(login.slice(colon + 1)) };
}

/** A password with a lone percent sign was written as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(): InvalidError {
  return new InvalidError('CONFIG_INVALID', 'this is no address of a Redis', {
    params: { property: 'redisUrl', expected: 'redis://:password@host:6379/0', why: 'redisUrl' },
  });
}
