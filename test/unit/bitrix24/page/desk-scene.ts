import assert from 'node:assert/strict';
import type { SyncOutcome } from '../../../../lib/bitrix24/bots/sync-outcome';
import type { FrameVisit } from '../../../../lib/bitrix24/oauth';
import { createChangeBook } from '../../../../lib/bitrix24/page/change-book';
import { createPageDesk } from '../../../../lib/bitrix24/page/page-desk';
import { createPageSessions } from '../../../../lib/bitrix24/page/page-session';
import type { BotState, ServedBot } from '../../../../lib/bitrix24/page/served-bot';
import type { Profile } from '../../../../lib/bitrix24/page/visitor';
import { RefusedError, UnreachableError } from '../../../../lib/core/errors';
import { entriesAt, textAt } from '../../../../lib/core/fields';
import { createMemoryStore } from '../../../../lib/store/memory-store';
import { manualClock } from '../../../support/manual-clock';
import { ownWish } from './bots';

export const minute = 60_000;
const clientId = 'local.app';
export const key = { memberId: 'm1', code: 'helper' };
export const unreachable = new UnreachableError('BITRIX_UNREACHABLE', 'profile: no answer', { sent: true });
export const tokenRefused = new RefusedError('BITRIX_AUTH', 'profile: 401 expired_token');
export const noticed: SyncOutcome = { botId: 7, did: [], fingerprint: '', notes: [] };

export interface Answer {
  status: number;
  content: unknown;
}

/** A desk with one bot, on a portal that does what `world` says. */
export function setUp() {
  const clock = manualClock(1_800_000_000_000);
  const store = createMemoryStore({ clock, monotonic: clock.now });
  const book = createChangeBook(async () => store);
  const world = {
    profile: async (): Promise<Profile> => ({ userId: 5, isAdmin: true }),
    profiles: 0,
    sync: async (): Promise<SyncOutcome> => noticed,
    /** The names that the portal was given. */
    synced: [] as string[],
    state: { kind: 'registered', botId: 7, notes: [] } as BotState,
    isKept: true,
    own: ownWish(),
    portals: ['m1'],
  };
  const bot: ServedBot = {
    code: 'helper',
    get own() {
      return world.own;
    },
    get isKept() {
      return world.isKept;
    },
    stateOn: () => world.state,
    async syncOn(memberId) {
      world.synced.push((await book.load({ memberId, code: 'helper' })).name ?? world.own.botName);
      return world.sync();
    },
  };
  const sessions = createPageSessions(async () => store, clock);
  const desk = createPageDesk({
    clientId,
    sessions,
    book,
    clock,
    files: { script: 'var a;', style: '' },
    bots: () => [bot],
    hasPortal: async (memberId) => world.portals.includes(memberId),
    async askProfile() {
      world.profiles += 1;
      return world.profile();
    },
  });
  const visit: FrameVisit = {
    memberId: 'm1',
    endpoint: new URL('https://x.bitrix24.com/rest/'),
    userId: 5,
    accessToken: 'MARKERtoken',
    tokenExpiresAt: clock.now() + 60 * minute,
    language: 'en',
    isInstaller: false,
  };

  async function open(change: Partial<FrameVisit> = {}): Promise<string> {
    const { status, text } = await desk.open({ ...visit, ...change });
    assert.equal(status, 200, text);
    const [, start = ''] = /id="start">([^<]*)<\/script>/.exec(text) ?? [];
    return textAt(JSON.parse(start), 'bearer') ?? '';
  }

  async function ask(bearer: string, body: object): Promise<Answer> {
    const answer = await desk.receive({ bearer, body });
    assert.ok(answer, 'the bearer opens nothing here');
    assert.doesNotMatch(answer.text, /MARKER/);
    return { status: answer.status, content: JSON.parse(answer.text) };
  }

  async function revision(bearer: string): Promise<string> {
    const { content } = await ask(bearer, { action: 'list' });
    return textAt(entriesAt(content, 'bots')[0], 'revision') ?? assert.fail('no revision');
  }

  const save = async (bearer: string, edit: object): Promise<Answer> =>
    ask(bearer, { action: 'save', code: 'helper', revision: await revision(bearer), ...edit });

  return { clock, store, book, world, desk, visit, open, ask, save, revision };
}

export function problemOf({ status, content }: Answer): string {
  return `${status} ${textAt(content, 'problem', 'key')}`;
}
