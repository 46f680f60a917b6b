import assert from 'node:assert/strict';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { seededRandom } from '../../unit/core/random';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, useScene } from '../bitrix24-nodes/scene';

const dialogs = 1000;
const messagesEach = 3;
const seed = 4;
/** Thousands of answers take a busy machine longer than one. */
const longMs = 3 * patienceMs;

describe(`${dialogs} dialogs, every event twice and shuffled (seed ${seed})`, function () {
  this.timeout(3 * longMs);
  const scene = useScene();

  it('are answered each in the order in which its events came first, and nothing twice', async () => {
    const portal = await scene.portal();
    const func = 'setTimeout(() => { node.send(msg); node.done(); }, Math.random() * 5); return null;';
    await scene.deployReady(
      botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url), {
        func,
        reply: { typing: false },
      }),
    );
    const bot = botOn(portal);
    const chats = Array.from({ length: dialogs }, () => portal.openChannel({ bots: [bot] }));
    const expected = new Map<Chat, string[]>(chats.map((chat) => [chat, []]));
    const posts = await composeAll(portal, chats);
    shuffle(posts, seededRandom(seed));

    const seen = new Set<string>();
    for (const { chat, text } of posts) {
      if (!seen.has(text)) expected.get(chat)?.push(text);
      seen.add(text);
    }
    // A dialog's posts go one after the other, so that it is known which came first; the dialogs go side by side.
    const lanes = lanesOf(posts).map(async (lane) => {
      for (const { body, headers } of lane) {
        assert.equal((await portal.sendRaw(scene.eventsUrl, body, headers)).status, 200);
      }
    });
    await Promise.all(lanes);

    const answersNow = (): number => chats.reduce((sum, chat) => sum + answersIn(portal, chat).length, 0);
    await until(() => answersNow() >= dialogs * messagesEach, 'all answers', longMs);
    await scene.deploy([]);
    assert.equal(answersNow(), dialogs * messagesEach);
    for (const chat of chats) assert.deepEqual(answersIn(portal, chat), expected.get(chat));
  });
});

interface Post {
  chat: Chat;
  text: string;
  body: string;
  headers: Record<string, string>;
}

async function composeAll(portal: Portal, chats: readonly Chat[]): Promise<Post[]> {
  const posts: Post[] = [];
  for (const [place, chat] of chats.entries()) {
    for (let number = 0; number < messagesEach; number += 1) {
      const text = `dialog ${place} message ${number}`;
      const { deliveries } = await portal.clientSays(chat, { text, hold: true });
      const form = portal.wireForm(deliveries[0] ?? assert.fail('nothing to send'));
      posts.push({ chat, text, ...form }, { chat, text, ...form });
    }
  }
  return posts;
}

/** Fifty senders; a dialog always has the same one. */
function lanesOf(posts: readonly Post[]): Post[][] {
  const lanes: Post[][] = Array.from({ length: 50 }, () => []);
  for (const post of posts) lanes[post.chat.id % lanes.length]?.push(post);
  return lanes;
}

function shuffle<T>(items: T[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [items[last], items[other]];
    if (a === undefined || b === undefined) continue;
    items[last] = b;
    items[other] = a;
  }
}
