import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';

export interface TrafficPlan {
  dialogs: number;
  messagesEach: number;
  /** Over all dialogs; Infinity: as fast as they are taken. */
  perSecond: number;
  /** Ends it before all is said. */
  isOver?: () => boolean;
}

export interface SaidEvent {
  text: string;
  dialog: number;
  /** When it was sent for the last time. */
  postedAt: number;
  /** When it was answered with 200, or undefined: never, and the portal gave it up. */
  acceptedAt: number | undefined;
}

/** One attempt to deliver an event. */
export interface Post {
  at: number;
  ms: number;
  /** 0: no answer in time. */
  status: number;
}

export interface Traffic {
  readonly said: readonly SaidEvent[];
  readonly posts: readonly Post[];
  /** Resolves when all is said. */
  readonly done: Promise<void>;
}

const lanes = 50;
const retries = 40;
const retryMs = 500;

export const textOf = (dialog: number, place: number): string => `d${dialog}-m${place}`;

/**
 * People who write, each only when the last message was taken, so that it is known in which order they were. As the
 * portal does, what is not answered with 200 is sent again, for a while.
 */
export function startTraffic(portal: Portal, bot: Bot, eventsUrl: string, plan: TrafficPlan): Traffic {
  const { dialogs, messagesEach, perSecond, isOver = () => false } = plan;
  const chats = Array.from({ length: dialogs }, () => portal.openChannel({ bots: [bot] }));
  const said: SaidEvent[] = [];
  const posts: Post[] = [];
  const startedAt = performance.now();
  let begun = 0;

  async function turn(): Promise<void> {
    const dueAt = startedAt + (begun * 1000) / perSecond;
    begun += 1;
    const left = dueAt - performance.now();
    if (left > 0) await pause(left);
  }

  async function postOnce(body: string, headers: Record<string, string>): Promise<number> {
    const at = Date.now();
    const status = await portal.sendRaw(eventsUrl, body, headers).then(
      (answer) => answer.status,
      () => 0,
    );
    posts.push({ at, ms: Date.now() - at, status });
    return status;
  }

  async function deliver(event: SaidEvent, body: string, headers: Record<string, string>): Promise<void> {
    for (let attempt = 0; attempt <= retries; attempt += 1) {
      event.postedAt = Date.now();
      if ((await postOnce(body, headers)) === 200) {
        event.acceptedAt = Date.now();
        return;
      }
      await pause(retryMs);
    }
  }

  async function say(chat: Chat, dialog: number, place: number): Promise<void> {
    const text = textOf(dialog, place);
    const { deliveries } = await portal.clientSays(chat, { text, hold: true });
    const { body, headers } = portal.wireForm(deliveries[0] ?? assert.fail('nothing to send'));
    const event: SaidEvent = { text, dialog, postedAt: 0, acceptedAt: undefined };
    said.push(event);
    await deliver(event, body, headers);
  }

  async function lane(first: number): Promise<void> {
    for (let place = 0; place < messagesEach; place += 1) {
      for (let dialog = first; dialog < dialogs; dialog += lanes) {
        await turn();
        if (isOver()) return;
        await say(chats[dialog] ?? assert.fail(), dialog, place);
      }
    }
  }

  const all = Promise.all(Array.from({ length: Math.min(lanes, dialogs) }, (_, first) => lane(first)));
  return { said, posts, done: all.then(() => undefined) };
}
