import assert from 'node:assert/strict';
import type { Clock } from '../../../lib/core/clock';
import { at } from '../../../lib/core/fields';
import { inputContext } from '../../../lib/typebot/inputs/input';
import type { Said } from '../../../lib/typebot/inputs/said';
import { readStoredSession, type TypebotSession } from '../../../lib/typebot/session';
import {
  clientAction,
  clientScript,
  customEmbed,
  httpOnClient,
  pause,
  paymentInput,
  setOnClient,
  startTypebot,
  text,
  textInput,
  type ScenarioName,
  type Typebot,
} from '../../../sandbox/typebot';
import { findFreePort } from '../../support/free-port';
import { brief, failureOf, hastyClock, said, sessionOf, typebotBench } from './support';

const secondThoughts = {
  id: 'b-second',
  type: 'text',
  content: { type: 'richText', richText: [{ type: 'p', children: [{ text: 'Let me see' }] }] },
};

const asking: readonly ScenarioName[] = [
  ...(['greeting', 'choice-by-button', 'multiple-choice', 'picture-choice', 'picture-choices'] as const),
  ...(['cards', 'rating', 'rating-as-usual', 'number', 'number-from-zero', 'email', 'url'] as const),
  ...(['phone', 'phone-at-home', 'date', 'date-and-time', 'date-range', 'time', 'file'] as const),
  ...(['file-skip', 'files', 'file-limited', 'attachments', 'audio-clip', 'payment'] as const),
  ...(['unknown-input', 'dynamic-choice'] as const),
];

/** What is warned of and no other file here has, played by the stand-in. */
describe('the traps of Typebot', () => {
  const bench = typebotBench();
  let typebot: Typebot;
  beforeEach(async () => {
    typebot = await startTypebot();
  });
  afterEach(() => typebot.stop());

  const clientOf = (bot: string) => bench.client(typebot, { startUrl: typebot.publicUrl(bot) }, hastyClock);
  const messagesOf = (bot: string) =>
    typebot.requestsOf('continue', bot).map(({ body }) => at(body, 'message'));
  const throughStore = (session: TypebotSession): TypebotSession =>
    readStoredSession(JSON.parse(JSON.stringify(session))) ?? assert.fail('no session');
  const photo = (): Said['files'][number] & { asked: number } => ({
    name: 'photo.png',
    asked: 0,
    url() {
      this.asked += 1;
      return Promise.resolve('https://files.example/photo.png');
    },
  });

  it('variables are set at a start only: later turns send none, a restart those of its own time', async () => {
    const client = clientOf('variables');
    const session = sessionOf(await client.start({ variables: { MESSAGE: 'first' } }));
    const next = { variables: { MESSAGE: 'second' } };
    await client.answer(session, said('tea'), next);
    assert.deepEqual(typebot.requestsOf('continue')[0]?.body, {
      message: { type: 'text', text: 'tea' },
      textBubbleContentFormat: 'richText',
    });
    assert.equal(typebot.sessionOf('variables').state.variables['MESSAGE'], 'first');
    typebot.script('variables', 'session-lost');
    const restarted = await client.answer(session, said('coffee'), next);
    assert.match(brief(restarted.parts)[0] ?? '', /^MESSAGE: second\n/);
  });

  it('a session that runs keeps the bot it began with, the next one has what was published since', async () => {
    const client = clientOf('greeting');
    const session = sessionOf(await client.start());
    typebot.publish({ name: 'greeting', groups: { start: [text('All new here.'), textInput()] } });
    assert.equal(brief((await client.answer(session, said('tea'))).parts)[0], 'You wrote: tea');
    assert.equal(brief((await client.start()).parts)[0], 'All new here.');
  });

  it('words that a lost session has not heard are told once, behind a pause at the beginning as well', async () => {
    const start = [pause(), textInput({ save: 'WISH' }), text('You wrote: {{WISH}}'), textInput()];
    typebot.addBot({ name: 'slow-to-ask', groups: { start } });
    const client = clientOf('slow-to-ask');
    const session = sessionOf(await client.start());
    typebot.script('slow-to-ask', 'session-lost');
    const turn = await client.answer(session, said('tea'));
    assert.deepEqual([turn.restarted, brief(turn.parts)], [true, ['You wrote: tea']]);
    const told = messagesOf('slow-to-ask').slice(-2);
    assert.deepEqual(told, [null, { type: 'text', text: 'tea' }]);
  });

  it('nothing at all is no answer to any question', async () => {
    for (const name of asking) {
      const bot = typebot.play(name).name;
      const client = clientOf(bot);
      const start = await client.start();
      for (const nothing of ['', ' \n']) {
        const turn = await client.answer(sessionOf(start), said(nothing));
        assert.deepEqual(turn.session, start.session, name);
        assert.ok(turn.parts.length > 0, `${name} says what it wants`);
      }
      assert.deepEqual(messagesOf(bot), [], name);
    }
  });

  it('no code of a bot is run, and no address is called for it', async () => {
    const target = await bench.server((_asked, response) => response.end('{}'));
    const trap = 'typebotTrap';
    const code = `globalThis.${trap} = 1; process.env.${trap} = "1"; fetch("${target.origin}")`;
    const request = { url: `${target.origin}/secret`, method: 'POST', body: '{}' };
    const start = [
      setOnClient('A', code),
      setOnClient('B', `\`\${${code}}\``, { isUnsafe: true }),
      httpOnClient(request, { C: 'data' }),
      clientAction({ type: 'webhookToExecute', webhookToExecute: request }, true),
      clientScript(code),
      clientAction({ type: 'codeToExecute', codeToExecute: { args: {}, content: code } }),
      clientAction({ type: 'streamOpenAiChatCompletion', url: request.url, messages: [] }, true),
      text('{{A}}{{B}}{{C}}done'),
      customEmbed(request.url),
    ];
    typebot.addBot({ name: 'hostile', groups: { start } });
    const turn = await clientOf('hostile').start();
    assert.deepEqual(brief(turn.parts), ['not supporteddone', request.url]);
    assert.deepEqual([Reflect.get(globalThis, trap), process.env[trap]], [undefined, undefined]);
    assert.equal(target.asked.length, 0);
  });

  it('nothing that a person does pays: words, clicks, files, commands, a first message', async () => {
    typebot.addBot({ name: 'pay-first', groups: { start: [paymentInput({ save: 'PAID' }), text('Paid.')] } });
    const client = clientOf('pay-first');
    const turn = await client.start({ said: said('I have paid') });
    const session = sessionOf(turn);
    const choice = { ids: ['skip', 'paid'], context: inputContext(session.input?.id ?? '') };
    const receipt = photo();
    for (const words of ['paid', 'fail', '', '1', 'success', '/pay']) {
      const answers = [
        said(words),
        said(words, { choice }),
        said(words, { choice: { ids: ['x'] } }),
        said(words, { files: [receipt] }),
      ];
      for (const answer of answers) {
        assert.deepEqual((await client.answer(throughStore(session), answer)).session, session);
      }
      if (words !== '') await client.command(session, { name: words, params: 'all' });
    }
    assert.equal(typebot.sessionOf('pay-first').state.variables['PAID'] ?? null, null);
    assert.equal(receipt.asked, 0);
  });

  it('nothing that a person does is taken for what a webhook brings', async () => {
    const client = clientOf('webhook');
    const session = throughStore(sessionOf(await client.start()));
    const receipt = photo();
    const choice = { ids: ['x'], context: inputContext('x') };
    for (const more of [{}, { files: [receipt] }, { choice }]) {
      const turn = await client.answer(session, said('{"data":{"amount":5}}', more));
      assert.deepEqual([turn.session, turn.ended], [session, false]);
    }
    const commanded = await client.command(session, { name: 'paid', params: '5' });
    assert.deepEqual([commanded.session, receipt.asked], [session, 0]);
    const resumed = await client.resume(session, { amount: 7 });
    assert.match(brief(resumed.parts)[0] ?? '', /^PAID: 7\n/);
  });

  it('every call asks for rich text by itself, and none names an origin', async () => {
    const { token } = typebot;
    const client = bench.client(typebot, { startUrl: typebot.publicUrl('commands'), token }, hastyClock);
    await client.check();
    const session = sessionOf(await client.start({ said: said('Hi') }));
    await client.command(session, { name: 'help' });
    await client.answer(session, said('Ann'));
    await clientOf('pause').start();
    const webhook = clientOf('webhook');
    await webhook.resume(sessionOf(await webhook.start()), {});
    const chats = typebot.requests.filter(({ endpoint }) => endpoint === 'start' || endpoint === 'continue');
    assert.equal(chats.length, 9);
    for (const { body } of chats) assert.equal(at(body, 'textBubbleContentFormat'), 'richText');
    assert.deepEqual(
      typebot.requests.filter(({ headers }) => headers.origin !== undefined || headers.referer !== undefined),
      [],
    );
  });

  it('the pace, which comes with the start alone, is still known after the store', async () => {
    const client = clientOf('typing');
    const session = throughStore(sessionOf(await client.start({ pace: true })));
    typebot.script('typing', { change: (answer) => ({ ...answer, messages: [secondThoughts] }) });
    const turn = await client.answer(session, said('tea'), { pace: true });
    assert.deepEqual(brief(turn.parts), ['[wait 900]', 'Let me see']);
  });

  it('a server that was not reached is asked once more, for nothing was sent, and one that was is not', async () => {
    const pauses: number[] = [];
    const clock: Clock = {
      ...hastyClock,
      sleep(ms, signal) {
        if (ms <= 2000) pauses.push(ms);
        return hastyClock.sleep(ms, signal);
      },
    };
    const session = sessionOf(await clientOf('greeting').start());
    const nowhere = { origin: `http://127.0.0.1:${await findFreePort()}` };
    const away = bench.client(nowhere, { startUrl: `${nowhere.origin}/greeting` }, clock);
    for (const attempt of [() => away.start(), () => away.answer(session, said('tea'))]) {
      assert.equal((await failureOf(attempt())).code, 'TYPEBOT_UNREACHABLE');
      assert.deepEqual(pauses.splice(0), [1000]);
    }
    typebot.script('greeting', 'answer-lost');
    const there = bench.client(typebot, { startUrl: typebot.publicUrl('greeting') }, clock);
    assert.equal((await failureOf(there.answer(session, said('tea')))).code, 'TYPEBOT_UNCERTAIN');
    assert.deepEqual(pauses, []);
  });

  it('what failed inside the bot is told to the operator, and nothing of it in the chat', async () => {
    const turn = await clientOf('logs').start();
    assert.deepEqual(turn.logs, [{ status: 'error', description: 'OpenAI API error' }]);
    assert.deepEqual(brief(turn.parts), ['I could not look that up.', 'Anything else?']);
    assert.doesNotMatch(JSON.stringify(turn), /Incorrect API key|sk-sandbox/);
  });
});
