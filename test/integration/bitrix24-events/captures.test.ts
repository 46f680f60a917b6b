import assert from 'node:assert/strict';
import type { FileInit } from '../../../sandbox/bitrix24';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { at, servers } from '../sandbox-portal/support';
import { openStudio, receivedAt, supportChat, ways, type Studio, type Way } from './capture';

const start = servers();

interface Happening {
  name: string;
  kind: BitrixEvent['kind'];
  make: (studio: Studio) => Promise<unknown>;
  /** Paths of msg.bitrix that v1 cannot fill: its event has no such field. */
  onlyV2?: readonly string[];
  /** Paths that v2 cannot fill. */
  onlyV1?: readonly string[];
  /** A press has no number of its own: when it was sent tells two of them apart, and that differs by the way. */
  ownEventId?: boolean;
}

async function firstMessage(
  { portal }: Studio,
  text: string,
  files: readonly FileInit[] = [],
): Promise<{ id: number }> {
  const { message } = await portal.clientSays(supportChat(portal), { text, files });
  assert.ok(message);
  return message;
}

const happenings: readonly Happening[] = [
  {
    name: 'a message in an Open Channel',
    kind: 'message',
    make: ({ portal }) => portal.clientSays(supportChat(portal), 'where is my order?'),
  },
  {
    name: 'a private message',
    kind: 'message',
    make: ({ portal, bot }) => portal.clientSays(portal.privateChat(portal.addUser(), bot), 'psst'),
  },
  {
    name: 'a mention in a group',
    kind: 'message',
    make: ({ portal, bot }) =>
      portal.clientSays(portal.groupChat({ bots: [bot] }), `[USER=${bot.id}]Helper[/USER], hello`),
  },
  {
    name: 'a file without a word',
    kind: 'message',
    make: ({ portal }) =>
      portal.clientSays(supportChat(portal), { files: [{ name: 'a b.jpg' }, { name: 'c.pdf' }] }),
    // Section 5.4 of the reference: v2 tells the ids; name and size are learnt when the file is fetched.
    onlyV1: ['files.*.name', 'files.*.type', 'files.*.size', 'files.*.extension'],
  },
  {
    name: 'a typed command',
    kind: 'command',
    make: ({ portal }) => portal.command(supportChat(portal), { name: 'order', params: '7 express' }),
  },
  {
    name: 'a command from the keyboard',
    kind: 'command',
    async make({ portal, bot }) {
      const chat = supportChat(portal);
      const { message } = await portal.clientSays(chat, { text: 'Which one?', author: bot });
      assert.ok(message);
      await portal.command(chat, { name: 'order', params: '7', message });
    },
    ownEventId: true,
  },
  {
    name: 'the bot joins a group',
    kind: 'join',
    make: ({ portal, bot }) => portal.join(portal.groupChat({ bots: [], title: 'Plans' }), bot),
    // Section 4.4: no CHAT_TITLE.
    onlyV2: ['chat.title'],
  },
  {
    name: 'an edited message',
    kind: 'edit',
    async make(studio) {
      await studio.portal.edit(await firstMessage(studio, 'tpyo'), 'typo');
    },
  },
  {
    name: 'a deleted message',
    kind: 'delete',
    async make(studio) {
      // With a file, which v1 still lists and v2 does not: of what is gone only the id counts.
      await studio.portal.delete(await firstMessage(studio, 'never mind', [{ name: 'a.jpg' }]));
    },
  },
  { name: 'the bot is deleted', kind: 'bot-removed', make: ({ portal, bot }) => portal.removeBot(bot) },
];

/** The last event that the bot heard of it, with the address of its portal out of the way: each has its own port. */
async function capture(way: Way, { kind, make }: Happening): Promise<BitrixEvent> {
  const studio = await openStudio(start, way);
  await make(studio);
  const event = studio.heard().at(-1);
  assert.ok(event);
  assert.equal(event.kind, kind);
  assert.equal(event.api, way === 'v1' ? 'v1' : 'v2');
  assert.equal(event.via, way === 'fetch' ? 'fetch' : 'webhook');
  assert.equal(event.portal.domain, studio.portal.domain);
  assert.equal(event.portal.clientEndpoint, `${studio.portal.origin}/rest/`);
  return { ...event, portal: { ...event.portal, domain: '', clientEndpoint: '' } };
}

/** What has to be equal: everything but `api`, `event`, `via`, and what one generation does not have at all. */
function comparable(event: BitrixEvent, { onlyV1 = [], onlyV2 = [], ownEventId }: Happening): unknown {
  const left = ['api', 'event', 'via', ...(ownEventId === true ? ['eventId'] : []), ...onlyV1, ...onlyV2];
  return without(
    event,
    left.map((path) => path.split('.')),
  );
}

function without(value: unknown, paths: readonly string[][]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => without(item, below(paths, '*')));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([name]) => !paths.some((path) => path.length === 1 && path[0] === name),
  );
  return Object.fromEntries(
    kept.map(([name, item]: [string, unknown]) => [name, without(item, below(paths, name))]),
  );
}

function below(paths: readonly string[][], name: string): string[][] {
  return paths.filter((path) => path.length > 1 && path[0] === name).map((path) => path.slice(1));
}

describe('the same happening, told by v1, by v2 and by a fetch', () => {
  for (const happening of happenings) {
    it(`is the same msg.bitrix: ${happening.name}`, async () => {
      const [v1, v2, fetched] = await Promise.all(ways.map((way) => capture(way, happening)));
      assert.ok(v1 && v2 && fetched);
      assert.deepEqual(comparable(v2, happening), comparable(v1, happening));
      // One data model on two ways: nothing at all may differ, but for the press.
      const { via, eventId, ...rest } = fetched;
      const { via: otherVia, eventId: otherId, ...others } = v2;
      assert.deepEqual(rest, others);
      assert.equal(eventId === otherId, happening.ownEventId !== true);
      assert.notEqual(via, otherVia);
      assert.equal(v1.receivedAt, receivedAt);
    });
  }

  it('leaves out only what a generation really does not send', async () => {
    for (const happening of happenings) {
      const { onlyV1 = [], onlyV2 = [] } = happening;
      if (onlyV1.length + onlyV2.length === 0) continue;
      const [v1, v2] = [await capture('v1', happening), await capture('v2', happening)];
      const read = (event: BitrixEvent, path: string): unknown =>
        at(event, ...path.replace('*', '0').split('.'));
      for (const path of onlyV1) {
        assert.notEqual(read(v1, path), undefined, path);
        assert.equal(read(v2, path), undefined, path);
      }
      for (const path of onlyV2) {
        assert.notEqual(read(v2, path), '', path);
        assert.equal(read(v1, path), '', path);
      }
    }
  });

  it('says what the person has said, and who', async () => {
    for (const way of ways) {
      const texts = await Promise.all(
        happenings.slice(0, 9).map(async (one) => (await capture(way, one)).text),
      );
      assert.deepEqual(texts, [
        'where is my order?',
        'psst',
        'hello',
        '',
        '/order 7 express',
        '/order 7',
        '',
        'typo',
        '',
      ]);
      const typed = happenings[4];
      assert.ok(typed);
      const command = await capture(way, typed);
      assert.equal(command.user.isConnector, true);
      assert.deepEqual(command.command, { id: 103, name: 'order', params: '7 express', context: 'textarea' });
      assert.deepEqual(command.openline?.crm, { contact: 3, deal: 9 });
    }
  });

  it('joins an Open Channel with the state of the session where the generation tells it', async () => {
    const join: Happening = {
      name: 'the bot joins an Open Channel',
      kind: 'join',
      make: ({ portal, bot }) => portal.join(supportChat(portal), bot),
      // Section 4.4: no CHAT_TITLE and no CHAT_ENTITY_DATA_*, where session and CRM are written.
      onlyV2: [
        ...['chat.title', 'chat.entityData1', 'chat.entityData2', 'openline.sessionId', 'openline.crm'],
        'eventId',
      ],
    };
    const [v1, v2] = [await capture('v1', join), await capture('v2', join)];
    assert.deepEqual(comparable(v2, join), comparable(v1, join));
    assert.equal(v1.openline?.sessionId, null);
    assert.equal(v2.openline?.sessionId, 17);
    assert.equal(v1.user.isConnector, true);
  });
});

describe('two happenings that look alike', () => {
  for (const way of ways) {
    it(`have ids of their own (${way})`, async () => {
      const studio = await openStudio(start, way);
      const { portal, bot } = studio;
      const chat = supportChat(portal);
      const { message } = await portal.clientSays(chat, { text: 'Which one?', author: bot });
      const { message: said } = await portal.clientSays(chat, 'tpyo');
      assert.ok(message && said);
      for (let press = 0; press < 2; press += 1) {
        studio.later();
        await portal.command(chat, { name: 'order', params: '7', message });
      }
      await portal.command(chat, { name: 'order', params: '8', message });
      await portal.edit(said, 'typo');
      await portal.edit(said, 'typos');
      const ids = studio.heard().map(({ eventId }) => eventId);
      assert.equal(ids.length, 6);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        studio.heard().map(({ eventId }) => eventId),
        ids,
      );
    });
  }
});
