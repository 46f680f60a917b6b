import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import {
  answered,
  brief,
  choiceInput,
  marker,
  said,
  sessionOf,
  started,
  text,
  textInput,
  typebotBench,
} from './support';

describe('a conversation with a Typebot bot that starts', () => {
  const bench = typebotBench();
  const greeting = started({ messages: [text('Hello!')], input: textInput() });

  it('sends the text, the variables and the wish for rich text, and no Origin', async () => {
    const typebot = await bench.script(greeting);
    const client = bench.client(typebot, { token: 'Bearer tb1' });
    const variables = { NAME: 'Ivan', FIELDS: { a: 1 }, NONE: null };
    const turn = await client.start({ said: said('Hi there'), variables, resultId: 'r0' });
    assert.deepEqual(typebot.paths(), ['POST /api/v1/typebots/my-bot/startChat']);
    assert.deepEqual(typebot.asked[0]?.body, {
      message: { type: 'text', text: 'Hi there' },
      prefilledVariables: { NAME: 'Ivan', FIELDS: '{"a":1}' },
      resultId: 'r0',
      isStreamEnabled: false,
      textBubbleContentFormat: 'richText',
    });
    assert.equal(typebot.asked[0].headers.authorization, 'Bearer tb1');
    assert.equal(typebot.asked[0].headers.origin, undefined);
    assert.deepEqual(turn, {
      parts: [{ type: 'text', text: 'Hello!', format: 'bbcode' }],
      session: {
        id: 'cm1',
        publicId: 'my-bot',
        resultId: 'r1',
        input: { id: 'i-text', type: 'text input', items: [] },
        startedAt: new Date(bench.clock.now()).toISOString(),
      },
      resultId: 'r1',
      ended: false,
      restarted: false,
      handover: false,
      logs: [],
    });
  });

  it('needs no token and no text', async () => {
    const typebot = await bench.script(greeting);
    await bench.client(typebot).start();
    assert.equal(typebot.asked[0]?.headers.authorization, undefined);
    assert.deepEqual(typebot.asked[0]?.body, {
      prefilledVariables: {},
      isStreamEnabled: false,
      textBubbleContentFormat: 'richText',
    });
  });

  it('tries a draft by its own id, at the place that the address names', async () => {
    const typebot = await bench.script(greeting);
    const startUrl = `${typebot.origin}/api/v1/typebots/cmdraft/preview/startChat`;
    const client = bench.client(typebot, { startUrl, token: 'tb1' });
    assert.deepEqual([client.publicId, client.origin], ['cmdraft', typebot.origin]);
    await client.start({ said: said('Hi') });
    assert.deepEqual(typebot.paths(), ['POST /api/v1/typebots/cmdraft/preview/startChat']);
  });

  it('is over at once when the bot asks nothing', async () => {
    const typebot = await bench.script(started({ messages: [text('We are closed today.')] }));
    const turn = await bench.client(typebot).start({ said: said('Hi') });
    assert.deepEqual([turn.ended, turn.session, turn.resultId], [true, undefined, 'r1']);
    assert.deepEqual(brief(turn.parts), ['We are closed today.']);
  });

  describe('of whose first message', () => {
    const question = choiceInput(['Sales', 'Support']);

    it('nothing is sent again when the bot greets', async () => {
      const typebot = await bench.script(started({ messages: [text('Hello!')], input: question }));
      const turn = await bench.client(typebot).start({ said: said('sales') });
      assert.equal(typebot.asked.length, 1);
      assert.deepEqual(brief(turn.parts), ['Hello!', '[choices Sales|Support]']);
    });

    it('buttons get the one that it stands for', async () => {
      const typebot = await bench.script(
        started({ input: question }),
        answered({ messages: [text('Sales it is.')], input: textInput() }),
      );
      const turn = await bench.client(typebot).start({ said: said(' SALES! ') });
      assert.deepEqual(typebot.paths()[1], 'POST /api/v1/sessions/cm1/continueChat');
      assert.deepEqual(typebot.asked[1]?.body, {
        message: { type: 'text', text: 'Sales', metadata: { replyId: 'i-choice-0' } },
        textBubbleContentFormat: 'richText',
      });
      assert.deepEqual(brief(turn.parts), ['Sales it is.']);
      assert.equal(turn.session?.resultId, 'r1');
    });

    it('a question that it does not answer is shown', async () => {
      const typebot = await bench.script(started({ input: choiceInput(['Sales', 'Support']) }));
      const turn = await bench.client(typebot).start({ said: said('Good day to you all') });
      assert.equal(typebot.asked.length, 1);
      assert.deepEqual(brief(turn.parts), ['[choices Sales|Support]']);
    });

    it('an old release complains before any button was shown, which nobody is told', async () => {
      const typebot = await bench.script(
        started({ messages: [text('Invalid message. Please, try again.', 'i-choice')], input: question }),
        answered({ messages: [text('Sales it is.')] }),
      );
      const turn = await bench.client(typebot).start({ said: said('sales') });
      assert.deepEqual(brief(turn.parts), ['Sales it is.']);
      const strangers = await bench.script(
        started({ messages: [text('Invalid message. Please, try again.', 'i-choice')], input: question }),
      );
      const stranger = await bench.client(strangers).start({ said: said('Good day') });
      assert.deepEqual(brief(stranger.parts), ['[choices Sales|Support]']);
    });

    it('the bot is told once it has got over what it had to do before its first question', async () => {
      const typebot = await bench.script(
        started({
          clientSideActions: [{ type: 'wait', wait: { secondsToWaitFor: 1 }, expectsDedicatedReply: true }],
        }),
        answered({ input: textInput() }),
        answered({ messages: [text('Noted.')] }),
      );
      const turn = await bench.client(typebot).start({ said: said('My order is late') });
      assert.deepEqual(typebot.messages().slice(1), [null, { type: 'text', text: 'My order is late' }]);
      assert.deepEqual(brief(turn.parts), ['[wait 1000]', 'Noted.']);
    });

    it('a text question is not told twice', async () => {
      const typebot = await bench.script(started({ input: textInput('i-second') }));
      const turn = await bench.client(typebot).start({ said: said('My order is late') });
      assert.equal(typebot.asked.length, 1);
      assert.equal(sessionOf(turn).input?.id, 'i-second');
    });

    it('a payment is never told anything', async () => {
      const payment = { id: 'i-pay', type: 'payment input', options: { provider: 'Stripe', amount: '10' } };
      const typebot = await bench.script(started({ input: payment }));
      await bench.client(typebot).start({ said: said('Hello') });
      assert.equal(typebot.asked.length, 1);
    });

    it('a file waits until it can be taken, and its text with it', async () => {
      const files = [{ name: 'a.pdf', url: () => Promise.resolve('https://files.example/a.pdf') }];
      const withAttachments = { ...textInput(), options: { attachments: { isEnabled: true } } };
      const typebot = await bench.script(
        started({ input: withAttachments }),
        answered({ messages: [text('Got it.')] }),
      );
      await bench.client(typebot).start({ said: said('My passport', { files }) });
      assert.deepEqual(typebot.messages(), [
        undefined,
        { type: 'text', text: 'My passport', attachedFileUrls: ['https://files.example/a.pdf'] },
      ]);
    });
  });

  it('says what an old server wants to hear: bare texts', async () => {
    const typebot = await bench.server((asked, response) => {
      const message = at(asked.body, 'message');
      const isFit = message === undefined || message === null || typeof message === 'string';
      const refusal = { code: 'BAD_REQUEST', message: 'Input validation failed' };
      const answer = started({ messages: [text('Hi')], input: choiceInput(['Yes', 'No']) });
      response
        .writeHead(isFit ? 200 : 400, { 'content-type': 'application/json' })
        .end(JSON.stringify(isFit ? answer : refusal));
    });
    const client = bench.client(typebot);
    const turn = await client.start({ said: said('Hello') });
    await client.answer(sessionOf(turn), said('yes'));
    assert.deepEqual(typebot.messages(), [{ type: 'text', text: 'Hello' }, 'Hello', 'Yes']);
  });

  it('has a result id that goes with the session, and logs without what was sent', async () => {
    const description = `Could not reach https://crm.example/x for ${marker.variable} (${marker.text})`;
    const logs = [
      { status: 'error', description, details: marker.text },
      { status: 'info', description: 'Done' },
    ];
    const typebot = await bench.script(started({ messages: [text('Hi')], input: textInput(), logs }));
    const turn = await bench.client(typebot).start({
      said: said(marker.text),
      variables: { SECRET: marker.variable },
    });
    assert.deepEqual(turn.logs, [
      { status: 'error', description: 'Could not reach *** for *** (***)' },
      { status: 'info', description: 'Done' },
    ]);
  });
});
