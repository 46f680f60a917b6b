import type { Notice } from '../open-report';
import { asList, asText } from './replies';
import type { RedisLink } from './link';

/** What the server says about itself; undefined where it does not say. */
export interface ServerFacts {
  version: string;
  maxmemoryPolicy: string | undefined;
  isJournalOn: boolean | undefined;
  /** always, everysec or no. */
  journalSync: string | undefined;
  /** Whether it writes snapshots. */
  isSaving: boolean | undefined;
}

const oldestVersion = '6.2';

export async function askServer(link: RedisLink): Promise<ServerFacts> {
  const info = await ask(link, 'INFO');
  const said = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const journal = said('aof_enabled');
  const save = await setting(link, 'save');
  return {
    version: said('redis_version') ?? '',
    maxmemoryPolicy: said('maxmemory_policy'),
    isJournalOn: journal === undefined ? undefined : journal === '1',
    journalSync: await setting(link, 'appendfsync'),
    isSaving: save === undefined ? undefined : save !== '',
  };
}

/** Hosted servers forbid some questions. */
async function ask(link: RedisLink, ...command: [string, ...string[]]): Promise<string> {
  const [name, ...args] = command;
  return asText(await link.call(name, ...args).catch(() => '')) ?? '';
}

async function setting(link: RedisLink, name: string): Promise<string | undefined> {
  const reply = asList(await link.call('CONFIG', 'GET', name).catch(() => []));
  return asText(reply[1]);
}

export const isVolatile = ({ isJournalOn, isSaving }: ServerFacts): boolean =>
  isJournalOn === false && isSaving === false;

/** It can be asked whether its journal has reached the disk, and there is something to wait for. */
export const canTellSync = ({ version, isJournalOn, journalSync }: ServerFacts): boolean =>
  isJournalOn === true && journalSync === 'everysec' && isAtLeast(version, '7.2');

/** What weighs most comes first. */
export function noticesOf(facts: ServerFacts): Notice[] {
  const { version, maxmemoryPolicy } = facts;
  const notices: Notice[] = [];
  if (isVolatile(facts)) notices.push({ code: 'STORE_REDIS_VOLATILE', params: {} });
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction') {
    notices.push({ code: 'STORE_REDIS_EVICTION', params: { policy: maxmemoryPolicy } });
  }
  if (version !== '' && !isAtLeast(version, oldestVersion)) {
    notices.push({ code: 'STORE_REDIS_OLD', params: { version, oldest: oldestVersion } });
  }
  return notices;
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
