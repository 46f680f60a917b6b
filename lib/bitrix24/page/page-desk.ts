import { startTimer, type Clock } from '../../core/clock';
import { CancelledError, RefusedError, UnreachableError } from '../../core/errors';
import { checkWish, type BotWish } from '../bots/bot-wish';
import type { CommandWish } from '../bots/command-wish';
import type { SyncOutcome } from '../bots/sync-outcome';
import type { IntakeAnswer } from '../events/event-intake';
import type { FrameVisit } from '../oauth';
import {
  commandChanges,
  commandOf,
  effectiveChanges,
  revisionOf,
  unchanged,
  withChanges,
  type BotChanges,
} from './bot-changes';
import { viewOf, type BotView } from './bot-view';
import type { BotKey, ChangeBook } from './change-book';
import { jsonAnswer, PageRefused, problemAnswer, refusalFor } from './page-answer';
import { noticeHtml, pageHtml, type PageFiles } from './page-html';
import { readWish, type BotEdit, type PageWish, type WantedCommand } from './page-request';
import type { PageSession, PageSessions, Visitor } from './page-session';
import type { ServedBot } from './served-bot';
import type { Profile } from './visitor';

export interface PageDeskOptions {
  readonly clientId: string;
  readonly sessions: PageSessions;
  readonly book: ChangeBook;
  readonly clock: Clock;
  readonly files: PageFiles;
  /** Those of this app that are deployed now. */
  readonly bots: () => readonly ServedBot[];
  readonly hasPortal: (memberId: string) => Promise<boolean>;
  /** Asks the portal itself, in the person's name. */
  readonly askProfile: (visitor: Pick<Visitor, 'endpoint' | 'accessToken'>) => Promise<Profile>;
}

/** The page that an installed app shows inside the portal, and what people do there. Neither rejects. */
export interface PageDesk {
  open(visit: FrameVisit): Promise<IntakeAnswer>;
  /** Undefined when the bearer is of no session of this app. */
  receive(request: { bearer: string; body: unknown }): Promise<IntakeAnswer | undefined>;
}

/** How old the portal's word about a person may be. */
const rightsToReadMs = 10 * 60_000;
const rightsToWriteMs = 2 * 60_000;
/** Longer than that nobody waits for an answer; the work goes on. */
const patienceMs = 25_000;

export function createPageDesk(options: PageDeskOptions): PageDesk {
  const { clientId, sessions, book, clock, bots, hasPortal, askProfile } = options;

  async function enter(visit: FrameVisit): Promise<IntakeAnswer> {
    const { memberId, endpoint, accessToken, tokenExpiresAt, language } = visit;
    const profile = await profileOf(visit);
    const isTheOne = visit.userId === undefined || profile?.userId === visit.userId;
    if (!profile || !isTheOne) throw new PageRefused(401, { key: 'expired' });
    const { userId, isAdmin } = profile;
    const bearer = await sessions.open({
      ...{ clientId, memberId, userId, endpoint, accessToken },
      ...{ isAdmin, tokenExpiresAt },
    });
    const { html, headers } = pageHtml({ bearer, language, origin: endpoint.origin, files: options.files });
    return { status: 200, text: html, headers };
  }

  /** None when the portal does not accept the token any more, or the person. */
  async function profileOf(visitor: Pick<Visitor, 'endpoint' | 'accessToken'>): Promise<Profile | undefined> {
    return askProfile(visitor).catch((thrown: unknown) => {
      if (!(thrown instanceof RefusedError) || thrown.code !== 'BITRIX_AUTH') throw thrown;
      return undefined;
    });
  }

  async function withRights(session: PageSession, ageMs: number): Promise<PageSession> {
    if (clock.now() - session.checkedAt < ageMs) return session;
    const profile = await profileOf(session);
    if (profile?.userId !== session.userId) {
      await sessions.close(session);
      throw new PageRefused(401, { key: 'expired' });
    }
    return sessions.noteRights(session, profile.isAdmin);
  }

  async function answer(session: PageSession, wish: PageWish): Promise<IntakeAnswer> {
    const ageMs = wish.action === 'list' ? rightsToReadMs : rightsToWriteMs;
    const { isAdmin, memberId } = await withRights(session, ageMs);
    if (wish.action === 'list') {
      const views = await Promise.all(bots().map((bot) => viewNow(bot, memberId)));
      return jsonAnswer(200, { ok: true, isAdmin, bots: views });
    }
    if (!isAdmin) throw new PageRefused(403, { key: 'forbidden' });
    const bot = bots().find(({ code }) => code === wish.code);
    if (!bot) throw new PageRefused(404, { key: 'gone' });
    const effect = await withinPatience(change(bot, memberId, wish));
    return jsonAnswer(200, { ok: true, isAdmin, bot: await viewNow(bot, memberId), ...effect });
  }

  async function viewNow(bot: ServedBot, memberId: string): Promise<BotView> {
    return viewOf(bot, memberId, await book.load({ memberId, code: bot.code }));
  }

  function change(
    bot: ServedBot,
    memberId: string,
    wish: Exclude<PageWish, { action: 'list' }>,
  ): Promise<Effect> {
    const key: BotKey = { memberId, code: bot.code };
    return book.inTurn(key, async () => {
      const before = await book.load(key);
      if (wish.action === 'switch') {
        await book.save(key, { ...before, isOff: !wish.isOn });
        return done;
      }
      if (!bot.isKept) throw new PageRefused(422, { key: 'unkept' });
      if (wish.revision !== revisionOf(bot.own, before)) throw new PageRefused(409, { key: 'conflict' });
      const after =
        wish.action === 'save' ? edited(bot, before, wish) : { ...unchanged, isOff: before.isOff };
      checkWish(withChanges(bot.own, after));
      await book.save(key, after);
      return synced(bot, key, before);
    });
  }

  /** What the portal refuses is not kept: every later deploy would meet the same refusal. */
  async function synced(bot: ServedBot, key: BotKey, before: BotChanges): Promise<Effect> {
    try {
      return effectOf(await bot.syncOn(key.memberId));
    } catch (thrown) {
      if (mayPass(thrown)) return pending;
      await book.save(key, before);
      await bot.syncOn(key.memberId).catch(() => undefined);
      throw thrown;
    }
  }

  function withinPatience(work: Promise<Effect>): Promise<Effect> {
    return new Promise((resolve, reject) => {
      const stopTimer = startTimer(clock, patienceMs, () => resolve(pending));
      work.then(resolve, reject).finally(stopTimer).catch(reject);
    });
  }

  return {
    async open(visit) {
      try {
        return await enter(visit);
      } catch (thrown) {
        const { status, problem } = refusalFor(thrown);
        const { html, headers } = noticeHtml(visit.language, visit.endpoint.origin, problem.key);
        return { status, text: html, headers };
      }
    },
    async receive({ bearer, body }) {
      try {
        const session = await sessions.find(bearer);
        if (session?.clientId !== clientId || !(await hasPortal(session.memberId))) return undefined;
        if (!(await sessions.mayAsk(session))) throw new PageRefused(429, { key: 'busy' });
        return await answer(session, readWish(body));
      } catch (thrown) {
        return problemAnswer(refusalFor(thrown));
      }
    },
  };
}

/** What came of a change besides the bot as it is now. */
interface Effect {
  /** Kept; the portal has not got it yet. */
  readonly isPending?: true;
  /** The portal took the change and still shows something else. */
  readonly isShownElse?: true;
}

const done: Effect = {};
const pending: Effect = { isPending: true };

function effectOf({ notes }: SyncOutcome): Effect {
  return notes.some(({ code }) => code === 'PORTAL_KEEPS') ? { isShownElse: true } : done;
}

/** The keeper of the bot tries again by itself then, or the one that a deploy puts in its place. */
function mayPass(thrown: unknown): boolean {
  const isBusy = thrown instanceof RefusedError && thrown.code === 'BITRIX_RATE_LIMIT';
  return thrown instanceof UnreachableError || thrown instanceof CancelledError || isBusy;
}

function edited({ own }: ServedBot, before: BotChanges, edit: BotEdit): BotChanges {
  const { name = before.name, picture = before.picture, commands } = edit;
  const after = {
    ...before,
    name,
    picture,
    commands: commands
      ? commandChanges(own, commands.map(asWish(withChanges(own, before))))
      : before.commands,
  };
  return effectiveChanges(own, after);
}

/** Where a command may be used stays as it was; a new one is for the bot's own dialogs. */
function asWish(shown: BotWish): (command: WantedCommand) => CommandWish {
  return ({ name, titles, params }) => {
    const { common = false, hidden = false, extranet = false } = commandOf(shown, name) ?? {};
    const isTitled = Object.keys(titles).length > 0;
    if (!isTitled && !hidden) throw new PageRefused(422, { key: 'command-title', command: `/${name}` });
    return { command: name, title: titles, params, common, hidden, extranet };
  };
}
