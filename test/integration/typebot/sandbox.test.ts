import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { inputContext } from '../../../lib/typebot/inputs/input';
import type { TurnOptions, TypebotTurn } from '../../../lib/typebot/request';
import type { Said } from '../../../lib/typebot/inputs/said';
import { startTypebot, type ScenarioName, type Typebot, type TypebotOptions } from '../../../sandbox/typebot';
import { until } from '../../support/until';
import { brief, failureOf, hastyClock, said, sessionOf, typebotBench } from './support';

describe('a conversation with the Typebot of the sandbox', () => {
  const bench = typebotBench();
  let typebot: Typebot;
  beforeEach(async () => {
    typebot = await startTypebot();
  });
  afterEach(() => typebot.stop());

  const clientOf = (bot: string, clock = hastyClock) =>
    bench.client(typebot, { startUrl: typebot.publicUrl(bot) }, clock);

  /** Starts the bot of a scenario, and answers what it asks, one after the other. */
  async function talk(
    scenario: ScenarioName,
    answers: readonly (string | Said)[] = [],
    options: TurnOptions = {},
  ): Promise<{ turns: TypebotTurn[]; last: TypebotTurn; shown: string[][] }> {
    const client = clientOf(typebot.play(scenario).name);
    let last = await client.start(options);
    const turns = [last];
    for (const answer of answers) {
      const words = typeof answer === 'string' ? said(answer) : answer;
      last = await client.answer(sessionOf(last), words, options);
      turns.push(last);
    }
    return { turns, last, shown: turns.map(({ parts }) => brief(parts)) };
  }

  const anythingElse = 'Anything else?';
  const file = (name: string): Said =>
    said('', { files: [{ name, url: () => Promise.resolve(`https://files.example/${name}`) }] });

  for (const [scenario, answers, shown] of [
    ['greeting', ['A chair'], ['You wrote: A chair', anythingElse]],
    ['choice-in-another-case', ['SALES'], ['You chose Sales.', 'How many?', '[choices One|Two]']],
    ['choice-by-number', ['2'], ['You chose Support.', 'How many?', '[choices One|Two]']],
    ['choice-by-button', ['something else'], ['You chose other.', 'How many?', '[choices One|Two]']],
    [
      'choice-wrong',
      ['the blue one'],
      ['Invalid message. Please, try again.', '[choices Sales|Support|Something else]'],
    ],
    ['choice-with-own-sentence', ['the blue one'], ['Please use the buttons.', '[choices Sales|Support]']],
    ['choice-leads-on', ['left'], ['You went left.']],
    ['branches', ['sales'], ['You speak to sales.', anythingElse]],
    ['multiple-choice', ['apples and pears'], ['Stored: Apples, Pears', anythingElse]],
    ['cards', ['Team'], ['Team is yours.']],
    ['rating', ['4'], ['Stored: 4', anythingElse]],
    ['number', ['7'], ['Stored: 7', anythingElse]],
    ['date', ['31.12.2026'], ['Stored: 31/12/2026', anythingElse]],
    ['file-skip', ['No photo'], ['Stored: ', anythingElse]],
    ['set-variable', [], ['One moment.', 'Moment: ', anythingElse]],
    ['set-literals', [], ['NUMBER: 42\nWORDS: two words\nGREETING: ', anythingElse]],
    ['http-request', [], ['I look that up.', 'STATUS: 500\nNAME: ', anythingElse]],
    ['redirect', [], ['Our shop:', 'https://example.com/shop?chat=', anythingElse]],
    ['pause', [], ['One.', '[wait 1000]', 'Two.', 'Three.', anythingElse]],
    ['chatwoot', [], ['A person will come.', anythingElse]],
    ['ignored-actions', [], ['Nothing to see here.', anythingElse]],
    ['unknown-action', [], ['Before', 'After', anythingElse]],
    ['stream', [], ['After the stream', anythingElse]],
    ['wait-before-anything', [], ['[wait 1000]', 'Here I am.', anythingElse]],
    ['unknown-bubble', [], ['Before', 'After', anythingElse]],
    ['unknown-input', ['Ivan Petrov'], ['Stored: Ivan Petrov', anythingElse]],
    ['empty-bubble', [], ['[wait 1000]', 'This one has a text.', anythingElse]],
    ['missing-urls', [], [anythingElse]],
    [
      'bubbles-and-wait',
      [],
      ['One moment.', '[wait 2000]', '[file picture.png]', 'Nearly there.', '[wait 10000]', anythingElse],
    ],
    ['with-nulls', [], ['Hello !', 'What can I do for you?']],
    ['without-messages', [], []],
    ['reply-event', ['agent'], ['A person will come.']],
    ['invalid-reply-event', ['three'], ['three is not among them.', '[choices One|Two]']],
  ] as const) {
    it(`plays "${scenario}" as a person would see it`, async () => {
      const { shown: seen } = await talk(scenario, answers);
      const last = seen.at(-1) ?? [];
      assert.deepEqual(last, shown);
    });
  }

  it('comes to know by itself what an answer has become', async () => {
    const { last } = await talk('attachments', [said('See this', { files: file('a.pdf').files })]);
    assert.match(brief(last.parts)[0] ?? '', /Stored: See this/);
    const clip = await talk('audio-clip', [file('voice.ogg')]);
    assert.equal(clip.last.ended, false);
    const sent = await talk('file', [file('a.pdf')]);
    assert.equal(brief(sent.last.parts)[0], 'Stored: https://files.example/a.pdf');
  });

  it('takes a first message exactly where the server does, and once', async () => {
    for (const [bot, words, messages] of [
      ['asks-first', 'My order', ['My order']],
      ['greeting', 'My order', ['My order']],
      ['choice-first', 'sales', ['sales', 'Sales']],
      ['choice-first', 'My order', ['My order']],
      ['set-variable', 'My order', ['My order', null]],
    ] as const) {
      typebot.clearScripts();
      const before = typebot.requests.length;
      await clientOf(bot).start({ said: said(words) });
      const said_ = typebot.requests
        .slice(before)
        .map(({ body }) => at(body, 'message', 'text') ?? at(body, 'message'));
      assert.deepEqual(said_, messages, `${bot}: ${words}`);
    }
    assert.equal(typebot.sessionOf('choice-first').state.variables['TOPIC'] ?? null, null);
  });

  it('hands the variables over, by their exact names', async () => {
    const variables = { MESSAGE: 'Hi', FIRST_NAME: 'Иван', DIALOG_ID: 7, TAGS: ['a', 'b'], OTHER: 'x' };
    const { shown } = await talk('variables', [], { variables });
    assert.match(shown[0]?.[0] ?? '', /^MESSAGE: Hi\nFIRST_NAME: Иван\nDIALOG_ID: 7\nTAGS: .*a.*b/);
    assert.match(shown[0]?.[0] ?? '', /\nMessage: $/);
  });

  it('tells the operator what failed, and keeps the key out of it', async () => {
    const { last } = await talk('logs');
    assert.deepEqual(last.logs, [{ status: 'error', description: 'OpenAI API error' }]);
  });

  it('keeps the pace that the settings ask for', async () => {
    const { shown } = await talk('typing-emulation', [], { pace: true });
    assert.deepEqual(
      shown[0]?.filter((part) => part.startsWith('[wait')),
      ['[wait 2000]', '[wait 1600]', '[wait 1600]'],
    );
  });

  it('knows when it is over, at the start and later', async () => {
    const atOnce = await talk('end-on-start');
    assert.deepEqual([atOnce.last.ended, atOnce.last.session], [true, undefined]);
    const later = await talk('end-on-continue', ['Ivan']);
    assert.deepEqual([later.last.ended, brief(later.last.parts)], [true, ['Goodbye, Ivan!']]);
  });

  it('waits for a page, for a widget and for a webhook', async () => {
    const embed = await talk('waiting-embed', ['Friday']);
    assert.deepEqual(embed.shown[1]?.[0], 'Booked: Friday');
    const widget = await talk('custom-embed', ['Monday', 'go on']);
    assert.deepEqual(widget.shown[1]?.[0], 'Booked: Monday');
    assert.deepEqual(widget.shown[2], [anythingElse]);
    const held = await talk('webhook', ['I have paid']);
    assert.deepEqual([held.last.parts, sessionOf(held.last).waits], [[], 'webhook']);
    const resumed = await clientOf('webhook').resume(sessionOf(held.last), { amount: 5 });
    assert.match(brief(resumed.parts)[0] ?? '', /^PAID: 5\n/);
  });

  it('never pays for anybody', async () => {
    const { turns } = await talk('payment', ['done']);
    assert.equal(typebot.requests.length, 1);
    assert.equal(turns[1]?.ended, false);
  });

  it('tells a click on an old keyboard from one on the new, although the choices have the same ids', async () => {
    const variables = { CITIES: ['Minsk', 'Riga'], DAYS: ['Monday', 'Friday'] };
    const client = clientOf('dynamic-choice');
    const first = sessionOf(await client.start({ variables }));
    const click = { ids: ['choice1'], context: inputContext(first.input?.id ?? '') };
    const second = sessionOf(await client.answer(first, said('Riga', { choice: click })));
    const before = typebot.requests.length;
    const again = await client.answer(second, said('Riga', { choice: click }));
    assert.equal(typebot.requests.length, before);
    assert.deepEqual(again.session, second);
    const known = Object.values(typebot.sessionOf('dynamic-choice').state.variables);
    assert.ok(known.includes('Riga') && !known.includes('Friday'));
  });

  describe('whose session is lost', () => {
    for (const scenario of [
      'session-lost',
      'session-expired',
      'session-broken',
      'session-without-block',
      'old-error-shape',
    ] as const) {
      it(`begins anew with the same text in "${scenario}"`, async () => {
        const { last } = await talk(scenario, ['A chair']);
        assert.deepEqual([last.restarted, brief(last.parts)], [true, ['Hello !', 'What can I do for you?']]);
        const { body } = typebot.requests.at(-1) ?? {};
        assert.deepEqual(at(body, 'message'), { type: 'text', text: 'A chair' });
      });
    }

    it('is given up when the next one is lost as well', async () => {
      const client = clientOf('choice-first');
      const session = sessionOf(await client.start());
      typebot.script('choice-first', 'session-lost-twice');
      const error = await failureOf(client.answer(session, said('Sales')));
      assert.equal(error.code, 'TYPEBOT_SESSION');
      const endpoints = typebot.requests.map(({ endpoint }) => endpoint);
      assert.deepEqual(endpoints, ['start', 'continue', 'start', 'continue']);
    });

    it('cannot be helped when the bot is gone too', async () => {
      const error = await failureOf(talk('session-lost-and-unpublished', ['A chair']));
      assert.equal(error.code, 'TYPEBOT_NOT_FOUND');
    });
  });

  describe('in which something fails', () => {
    for (const [scenario, atStart, atAnswer, tries] of [
      ['timeout', 'TYPEBOT_TIMEOUT', 'TYPEBOT_TIMEOUT', 1],
      ['server-error', 'TYPEBOT_FAILED', 'TYPEBOT_FAILED', 1],
      ['bad-gateway', '', 'TYPEBOT_UNCERTAIN', 2],
      ['unavailable', '', 'TYPEBOT_UNCERTAIN', 2],
      ['gateway-timeout', 'TYPEBOT_UNREACHABLE', 'TYPEBOT_UNCERTAIN', 1],
      ['redirected', 'TYPEBOT_MOVED', 'TYPEBOT_MOVED', 1],
      ['redirected-keeping-method', 'TYPEBOT_MOVED', 'TYPEBOT_MOVED', 1],
      ['cut-before-answer', 'TYPEBOT_UNREACHABLE', 'TYPEBOT_UNCERTAIN', 1],
      ['answer-lost', 'TYPEBOT_UNREACHABLE', 'TYPEBOT_UNCERTAIN', 1],
      ['cut-mid-answer', 'TYPEBOT_UNREACHABLE', 'TYPEBOT_UNCERTAIN', 1],
      ['html-page', 'TYPEBOT_ADDRESS', 'TYPEBOT_UNCERTAIN', 1],
      ['broken-json', 'TYPEBOT_ADDRESS', 'TYPEBOT_UNCERTAIN', 1],
      ['empty-body', 'TYPEBOT_ADDRESS', 'TYPEBOT_UNCERTAIN', 1],
      ['other-json', 'TYPEBOT_ADDRESS', 'TYPEBOT_UNCERTAIN', 1],
    ] as const) {
      it(`is told so in "${scenario}", and no answer is given twice`, async () => {
        const client = clientOf('greeting');
        const session = sessionOf(await client.start());
        typebot.script('greeting', scenario);
        const error = await failureOf(client.answer(session, said('A chair')));
        assert.equal(error.code, atAnswer);
        assert.equal(typebot.requests.length, 2);
        typebot.script('greeting', scenario);
        const start = await client.start().then(
          () => '',
          (thrown: unknown) => at(thrown, 'code'),
        );
        assert.deepEqual([start, typebot.requests.length], [atStart, 2 + tries]);
      });
    }

    for (const [bot, code] of [
      ['closed', 'TYPEBOT_CLOSED'],
      ['suspended', 'TYPEBOT_CLOSED'],
      ['unpublished', 'TYPEBOT_NOT_FOUND'],
      ['endless-flow', 'TYPEBOT_TIMEOUT'],
      ['endless-replies', 'TYPEBOT_LOOP'],
    ] as const) {
      it(`is ${code} with the bot "${bot}"`, async () => {
        assert.equal((await failureOf(clientOf(bot).start())).code, code);
      });
    }

    it('goes on in the session after an outcome that is not clear', async () => {
      const client = clientOf('greeting');
      const session = sessionOf(await client.start());
      typebot.script('greeting', 'answer-lost');
      await failureOf(client.answer(session, said('A chair')));
      const turn = await client.answer(session, said('And a table'));
      assert.deepEqual([turn.restarted, turn.ended], [false, true]);
    });

    it('ends in time when no answer comes', async () => {
      typebot.script('greeting', 'no-answer');
      const failing = failureOf(clientOf('greeting', bench.clock).start());
      await until(() => typebot.requests.length === 1, 'the call');
      await bench.clock.advance(90_000);
      assert.equal((await failing).code, 'TYPEBOT_TIMEOUT');
    });
  });

  it('has one call at a time, however many messages come', async () => {
    const client = clientOf('greeting');
    const session = sessionOf(await client.start());
    const gate = typebot.hold('greeting', 'continue');
    const answers = ['one', 'two', 'three'].map((words) => client.answer(session, said(words)));
    await typebot.untilRequest(({ endpoint }) => endpoint === 'continue');
    gate.open();
    await Promise.allSettled(answers);
    assert.equal(typebot.overlaps(), 0);
  });

  describe('by commands', () => {
    it('hears them, and comes back to the question', async () => {
      const client = clientOf('commands');
      const session = sessionOf(await client.start());
      const helped = await client.command(session, { name: 'help' });
      assert.deepEqual(brief(helped.parts), ['Just write your name.']);
      const turn = await client.answer(sessionOf(helped), said('Ivan'));
      assert.deepEqual(brief(turn.parts), ['Hello Ivan.', anythingElse]);
      assert.equal((await client.command(sessionOf(turn), { name: 'stop' })).ended, true);
    });

    it('takes those that lead nowhere, or that it has not, as texts', async () => {
      for (const [bot, name] of [
        ['commands', 'loose'],
        ['greeting', 'help'],
      ] as const) {
        const client = clientOf(bot);
        const session = sessionOf(await client.start());
        const turn = await client.command(session, { name, params: 'me' });
        assert.ok(brief(turn.parts)[0]?.includes(`/${name} me`), brief(turn.parts).join());
      }
    });
  });

  describe('that is checked', () => {
    async function verdictOf(startUrl: string): Promise<string> {
      return (await bench.client(typebot, { startUrl }, hastyClock).check()).verdict;
    }

    it('is told by what the viewer says, and leaves no result behind', async () => {
      for (const [bot, verdict] of [
        ['greeting', 'ready'],
        ['closed', 'closed'],
        ['suspended', 'closed'],
        ['unpublished', 'not-found'],
      ] as const) {
        assert.equal(await verdictOf(typebot.publicUrl(bot)), verdict);
      }
      assert.equal(await verdictOf(`${typebot.origin}/no-such-bot`), 'not-found');
      assert.equal(await verdictOf(typebot.previewUrl('greeting')), 'denied');
    });

    it('is told from the builder', async () => {
      const builder = await startTypebot({ host: 'builder' } satisfies TypebotOptions);
      try {
        const startUrl = builder.publicUrl('greeting');
        for (const token of ['', builder.token]) {
          const facts = await bench.client(builder, { startUrl, token }, hastyClock).check();
          assert.equal(facts.verdict, 'builder');
        }
      } finally {
        await builder.stop();
      }
    });

    it('can be a draft', async () => {
      const changes = { startUrl: typebot.previewUrl('greeting'), token: typebot.token };
      const client = bench.client(typebot, changes, hastyClock);
      const facts = await client.check();
      assert.deepEqual([facts.verdict, facts.isPreview], ['ready', true]);
      const turn = await client.start();
      const next = await client.answer(sessionOf(turn), said('A chair'));
      assert.deepEqual([turn.resultId, brief(next.parts)], [undefined, ['You wrote: A chair', anythingElse]]);
    });
  });
});
