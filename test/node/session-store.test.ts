import assert from 'node:assert/strict';
import { at, textAt } from '../../lib/core/fields';
import type { Message } from '../../nodes/runtime/shell';
import { useSessionScene } from './session-scene';
import { fromDialog, keyOf } from './typebot-scene';

const DAY_SECONDS = 86_400;

const all = {
  load: { operation: 'load' },
  save: { operation: 'save' },
  touch: { operation: 'touch' },
  delete: { operation: 'delete' },
} as const;

/** Each operation with the same settings. */
function allWith(settings: object): Record<string, object> {
  return Object.fromEntries(Object.entries(all).map(([id, own]) => [id, { ...own, ...settings }]));
}

/** A message in a dialog whose bot has just answered in the conversation `id`. */
function inConversation(
  dialogId: string,
  id: string | undefined,
  more: object = {},
): Record<string, unknown> {
  return { ...fromDialog(dialogId, 'hello'), session: { id, ...more } };
}

describe('session-store', function () {
  const scene = useSessionScene();

  async function ttlOf(key: string): Promise<number | undefined> {
    for await (const entry of scene.store.scan(key)) if (entry.key === key) return entry.ttlMs;
    return undefined;
  }
  const codeOf = (message: Message): unknown => at(message, 'error', 'code');

  describe('operations', () => {
    it('load says that there is none yet, and lets the message go on as it is', async () => {
      await scene.deploy(all);
      const out = await scene.ask('load', { ...fromDialog('chat1', 'hello'), keep: 'me' });
      assert.deepEqual(out.session, { key: keyOf('chat1'), id: undefined, isNew: true });
      assert.deepEqual([out.payload, out.keep, textAt(out, 'bitrix', 'dialogId')], ['hello', 'me', 'chat1']);
    });

    it('save keeps the id as BitBot does: a plain text, under its key, for a day', async () => {
      await scene.deploy(all);
      await scene.ask('save', inConversation('chat2', 'conversation-1'));
      assert.equal(await scene.store.get('bitbot:member-1:7:chat2'), 'conversation-1');
      assert.equal(await ttlOf('bitbot:member-1:7:chat2'), DAY_SECONDS * 1000);
    });

    it('load goes on with what BitBot has begun, whose beginning nobody knows', async () => {
      await scene.deploy(all);
      await scene.store.set('bitbot:member-1:7:chat3', 'of-bitbot', { ttlMs: 1000 });
      const { session } = await scene.ask('load', fromDialog('chat3', 'hello'));
      const key = 'bitbot:member-1:7:chat3';
      assert.deepEqual(session, { key, id: 'of-bitbot', isNew: false, ttlSeconds: DAY_SECONDS });
      await scene.ask('save', { ...fromDialog('chat3', 'hello'), session });
      assert.equal(await scene.store.get(key), 'of-bitbot');
    });

    it('a conversation is new in the message that has begun it, and keeps its beginning', async () => {
      await scene.deploy(all);
      const first = await scene.ask('save', inConversation('chat4', 'one'));
      const second = await scene.ask('load', fromDialog('chat4', 'again'));
      const third = await scene.ask('save', { ...second });
      assert.deepEqual(
        [first, second, third].map(({ session }) => at(session, 'isNew')),
        [true, false, false],
      );
      const startedAt = textAt(first, 'session', 'startedAt') ?? '';
      assert.ok(!Number.isNaN(Date.parse(startedAt)), startedAt);
      for (const { session } of [second, third]) assert.equal(at(session, 'startedAt'), startedAt);
      const other = await scene.ask('save', inConversation('chat4', 'two'));
      assert.equal(at(other, 'session', 'isNew'), true);
    });

    it('delete forgets all of it', async () => {
      await scene.deploy(all);
      await scene.ask('save', inConversation('chat5', 'one', { state: { asked: 'city' } }));
      const gone = await scene.ask('delete', fromDialog('chat5', 'bye'));
      assert.deepEqual(gone.session, { key: keyOf('chat5'), id: undefined, isNew: true });
      const left: string[] = [];
      for await (const { key } of scene.store.scan('')) left.push(key);
      assert.deepEqual(left, []);
    });

    it('save keeps what the bot node wants to know again beside the id, also without an id', async () => {
      await scene.deploy(all);
      const state = { question: { id: 7, options: ['a', 'b'] } };
      await scene.ask('save', inConversation('chat6', 'one', { state }));
      assert.deepEqual((await scene.ask('load', fromDialog('chat6', 'x'))).session, {
        ...{ key: keyOf('chat6'), id: 'one', isNew: false, ttlSeconds: DAY_SECONDS, state },
        startedAt: await scene.store.get(`session-started:${keyOf('chat6')}`),
      });
      await scene.ask('save', inConversation('chat6', undefined, { state: { silence: 'ended' } }));
      assert.equal(await scene.store.get(keyOf('chat6')), undefined);
      const ended = await scene.ask('load', fromDialog('chat6', 'x'));
      assert.deepEqual(ended.session, {
        ...{ key: keyOf('chat6'), id: undefined, isNew: true, state: { silence: 'ended' } },
      });
      await scene.ask('save', inConversation('chat6', 'two'));
      assert.equal(at((await scene.ask('load', fromDialog('chat6', 'x'))).session, 'state'), undefined);
    });

    it('the id comes from where it is told to, and the session goes there', async () => {
      const places = { value: 'talk.number', output: 'msg.kept["of bot"]' };
      await scene.deploy(allWith(places));
      const state = { step: 2 };
      const message = {
        ...fromDialog('chat7', 'x'),
        talk: { number: 'abc' },
        kept: { 'of bot': { state } },
      };
      const out = await scene.ask('save', message);
      assert.equal(at(out, 'kept', 'of bot', 'id'), 'abc');
      assert.equal(out.session, undefined);
      const loaded = await scene.ask('load', fromDialog('chat7', 'x'));
      assert.deepEqual(at(loaded, 'kept', 'of bot', 'state'), state);
      const bare = await scene.ask('save', { ...fromDialog('chat8', 'x'), talk: { number: 'abc' } });
      assert.equal(at(bare, 'kept', 'of bot', 'id'), 'abc');
    });

    it('each dialog, bot and portal has its own', async () => {
      await scene.deploy(all);
      await scene.ask('save', inConversation('chat9', 'one'));
      const elsewhere = [
        { dialogId: 'chat10' },
        { bot: { id: 8, code: 'other' } },
        { portal: { memberId: 'member-2', domain: 'other.example' } },
      ];
      for (const other of elsewhere) {
        const { session } = await scene.ask('load', fromDialog('chat9', 'x', other));
        assert.equal(at(session, 'id'), undefined, JSON.stringify(other));
      }
    });

    it('the key is made as its template says', async () => {
      await scene.deploy(allWith({ key: '{keyPrefix}/{domain}/{botCode}/{userId}' }));
      await scene.ask('save', inConversation('chat11', 'of Ann'));
      assert.equal(await scene.store.get('bitbot/portal.example/helper/5'), 'of Ann');
      const elsewhere = await scene.ask('load', fromDialog('chat12', 'x'));
      assert.equal(at(elsewhere, 'session', 'id'), 'of Ann');
    });
  });

  describe('time', () => {
    it('sliding: each load gives the whole time again', async () => {
      await scene.deploy(allWith({ ttlSeconds: 100 }));
      await scene.ask('save', inConversation('chat1', 'one'));
      scene.passTime(90_000);
      const { session } = await scene.ask('load', fromDialog('chat1', 'x'));
      assert.deepEqual([at(session, 'id'), at(session, 'ttlSeconds')], ['one', 100]);
      scene.passTime(90_000);
      assert.equal(at((await scene.ask('load', fromDialog('chat1', 'x'))).session, 'id'), 'one');
      scene.passTime(100_000);
      assert.equal(at((await scene.ask('load', fromDialog('chat1', 'x'))).session, 'id'), undefined);
    });

    it('fixed: it ends that long after its beginning, and says what is left', async () => {
      await scene.deploy(allWith({ ttlSeconds: 100, sliding: false }));
      await scene.ask('save', inConversation('chat2', 'one'));
      scene.passTime(90_000);
      const begun = new Date(Date.now() - 90_000).toISOString();
      await scene.store.set(`session-started:${keyOf('chat2')}`, begun, { ttlMs: 10_000 });
      const { session } = await scene.ask('load', fromDialog('chat2', 'x'));
      const left = Number(at(session, 'ttlSeconds'));
      assert.ok(left > 0 && left <= 10, String(left));
      await scene.ask('save', inConversation('chat2', 'one'));
      scene.passTime(10_000);
      assert.equal(at((await scene.ask('load', fromDialog('chat2', 'x'))).session, 'id'), undefined);
    });

    it('fixed: what is left of a session that BitBot has begun is not made up', async () => {
      await scene.deploy(allWith({ sliding: false }));
      await scene.store.set(keyOf('chat3'), 'of-bitbot', { ttlMs: 1000 });
      const { session } = await scene.ask('load', fromDialog('chat3', 'x'));
      assert.deepEqual(session, { key: keyOf('chat3'), id: 'of-bitbot', isNew: false });
      assert.equal(await ttlOf(keyOf('chat3')), 1000);
    });

    for (const sliding of [true, false]) {
      it(`touch gives the whole time again, ${sliding ? 'sliding' : 'fixed'}`, async () => {
        await scene.deploy(allWith({ ttlSeconds: 100, sliding }));
        await scene.ask('save', inConversation('chat4', 'one', { state: 'kept' }));
        scene.passTime(90_000);
        const { session } = await scene.ask('touch', fromDialog('chat4', 'x'));
        assert.deepEqual([at(session, 'id'), at(session, 'ttlSeconds')], ['one', 100]);
        scene.passTime(90_000);
        const later = await scene.ask('touch', fromDialog('chat4', 'x'));
        assert.deepEqual([at(later, 'session', 'id'), at(later, 'session', 'state')], ['one', 'kept']);
      });
    }

    it('touch begins nothing', async () => {
      await scene.deploy(all);
      const { session } = await scene.ask('touch', fromDialog('chat5', 'x'));
      assert.deepEqual(session, { key: keyOf('chat5'), id: undefined, isNew: true });
      assert.equal(await scene.store.get(keyOf('chat5')), undefined);
    });
  });

  describe('words that begin anew', () => {
    it('forget the session before the message goes on, in any case and with a full stop', async () => {
      await scene.deploy(allWith({ resetWords: 'restart, /restart, заново' }));
      for (const word of ['Restart', ' /restart ', 'ЗАНОВО!']) {
        await scene.ask('save', inConversation('chat1', 'one', { state: 'kept' }));
        const { session, payload } = await scene.ask('load', fromDialog('chat1', word));
        assert.deepEqual(session, { key: keyOf('chat1'), id: undefined, isNew: true, isReset: true });
        assert.equal(payload, word);
        assert.equal(await scene.store.get(keyOf('chat1')), undefined);
      }
    });

    it('count as one of several quick messages', async () => {
      await scene.deploy(allWith({ resetWords: 'restart' }));
      for (const texts of [
        ['this leads nowhere', 'Restart!'],
        ['restart', 'I want a chair'],
      ]) {
        await scene.ask('save', inConversation('chat4', 'one'));
        const batch = texts.map((message) => ({ message }));
        const { session } = await scene.ask('load', fromDialog('chat4', texts.join('\n'), { batch }));
        assert.deepEqual([at(session, 'id'), at(session, 'isReset')], [undefined, true]);
      }
    });

    it('do not count inside other words', async () => {
      await scene.deploy(allWith({ resetWords: ['restart'] }));
      await scene.ask('save', inConversation('chat2', 'one'));
      for (const text of ['please restart', 'restarted', '']) {
        const { session } = await scene.ask('load', fromDialog('chat2', text));
        assert.deepEqual([at(session, 'id'), at(session, 'isReset')], ['one', undefined]);
      }
    });

    it('let save keep what has begun since', async () => {
      await scene.deploy(allWith({ resetWords: 'restart' }));
      await scene.ask('save', inConversation('chat3', 'old'));
      await scene.ask('save', { ...inConversation('chat3', 'new'), ...fromDialog('chat3', 'restart') });
      assert.equal(await scene.store.get(keyOf('chat3')), 'new');
    });
  });

  describe('at the same time', () => {
    it('many writes leave one session that is whole', async () => {
      await scene.deploy(all);
      const ids = Array.from({ length: 20 }, (_, place) => `conversation-${place}`);
      const outs = await Promise.all(ids.map((id) => scene.ask('save', inConversation('chat1', id))));
      const last = outs.at(-1);
      const { session } = await scene.ask('load', fromDialog('chat1', 'x'));
      assert.equal(at(session, 'id'), 'conversation-19');
      assert.equal(at(session, 'startedAt'), at(last, 'session', 'startedAt'));
      assert.deepEqual(
        outs.map((out) => at(out, 'session', 'id')),
        ids,
      );
    });

    it('a load does not bring back what is deleted meanwhile', async () => {
      await scene.deploy(all);
      for (let turn = 0; turn < 10; turn += 1) {
        await scene.ask('save', inConversation('chat2', `conversation-${turn}`));
        await Promise.all([
          scene.ask('load', fromDialog('chat2', 'x')),
          scene.ask('delete', fromDialog('chat2', 'x')),
          scene.ask('touch', fromDialog('chat2', 'x')),
        ]);
        assert.equal(await scene.store.get(keyOf('chat2')), undefined);
      }
    });
  });

  describe('what cannot be used', () => {
    it('a message that belongs to no dialog is an error of its own', async () => {
      await scene.deploy(all);
      for (const node of Object.keys(all)) {
        assert.equal(codeOf(await scene.ask(node, { payload: 'from an inject node' })), 'INPUT_INVALID');
      }
      assert.deepEqual(scene.seen.out, []);
    });

    it('an id that is no text is an error, and what was kept stays', async () => {
      await scene.deploy(all);
      await scene.ask('save', inConversation('chat1', 'one'));
      const wrong = { ...fromDialog('chat1', 'x'), session: { id: { number: 7 } } };
      assert.equal(codeOf(await scene.ask('save', wrong)), 'INPUT_INVALID');
      assert.equal(await scene.store.get(keyOf('chat1')), 'one');
    });

    for (const [what, settings] of [
      ['a key with an unknown name', { key: '{keyPrefix}:{who}' }],
      ['no property to write to', { output: 'msg.a b' }],
      ['an unknown operation', { operation: 'rename' }],
      ['no life at all', { ttlSeconds: 0 }],
    ] as const) {
      it(`${what} is said with every message`, async () => {
        await scene.deploy({ load: { operation: 'load', ...settings } });
        assert.equal(codeOf(await scene.ask('load', fromDialog('chat2', 'x'))), 'CONFIG_INVALID');
      });
    }

    it('a template that needs no dialog works without one', async () => {
      await scene.deploy(allWith({ key: '{keyPrefix}:everybody' }));
      await scene.ask('save', { payload: 'x', session: { id: 'one' } });
      assert.equal(await scene.store.get('bitbot:everybody'), 'one');
    });
  });
});
