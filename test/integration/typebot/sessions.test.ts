import { readInput } from '../../../lib/typebot/inputs/input';
import assert from 'node:assert/strict';
import { inputContext } from '../../../lib/typebot/inputs/input';
import { readStoredSession, type TypebotSession } from '../../../lib/typebot/session';
import { sendJson } from '../../../sandbox/shared/http-listener';
import { until } from '../../support/until';
import {
  answered,
  brief,
  choiceInput,
  failureOf,
  refuse,
  said,
  sessionOf,
  started,
  text,
  textInput,
  typebotBench,
} from './support';

describe('a session of Typebot', () => {
  const bench = typebotBench();
  const question = choiceInput(['Sales', 'Support']);
  const opened = started({ messages: [text('Hello! Pick one.')], input: question });

  it('goes on with the answer to the question that was kept, through the store and back', async () => {
    const typebot = await bench.script(opened, answered({ messages: [text('Fine.')], input: textInput() }));
    const client = bench.client(typebot);
    const start = await client.start();
    const kept = readStoredSession(JSON.parse(JSON.stringify(start.session)));
    assert.deepEqual(kept, start.session);
    const turn = await client.answer(sessionOf({ ...start, session: kept ?? sessionOf(start) }), said('2'));
    assert.deepEqual(typebot.messages()[1], {
      type: 'text',
      text: 'Support',
      metadata: { replyId: 'i-choice-1' },
    });
    assert.deepEqual([brief(turn.parts), turn.restarted, turn.ended], [['Fine.'], false, false]);
    assert.deepEqual(kept, start.session);
    assert.deepEqual(sessionOf(turn), {
      ...start.session,
      input: { id: 'i-text', type: 'text input', items: [] },
    });
  });

  it('shows a question again with what the server says of the answer', async () => {
    const retry = text('Invalid message. Please, try again.', 'i-choice');
    const typebot = await bench.script(opened, answered({ messages: [retry], input: question }));
    const client = bench.client(typebot);
    const turn = await client.answer(sessionOf(await client.start()), said('the blue one'));
    assert.deepEqual(brief(turn.parts), ['Invalid message. Please, try again.', '[choices Sales|Support]']);
    assert.equal(sessionOf(turn).input?.id, 'i-choice');
  });

  it('is dropped at the end', async () => {
    const typebot = await bench.script(opened, answered({ messages: [text('Bye.')], progress: 100 }));
    const client = bench.client(typebot);
    const turn = await client.answer(sessionOf(await client.start()), said('sales'));
    assert.deepEqual([turn.ended, turn.session, turn.resultId], [true, undefined, 'r1']);
  });

  it('hears nothing of a click on an old keyboard, whose question may have the same choices', async () => {
    const typebot = await bench.script(opened);
    const client = bench.client(typebot);
    const start = await client.start();
    const choice = { ids: ['i-choice-0'], context: inputContext('another-question') };
    const turn = await client.answer(sessionOf(start), said('Sales', { choice }));
    assert.equal(typebot.asked.length, 1);
    assert.deepEqual(brief(turn.parts), ['[choices Sales|Support]']);
    assert.deepEqual(turn.session, start.session);
  });

  it('hears the click on its own keyboard', async () => {
    const typebot = await bench.script(opened, answered());
    const client = bench.client(typebot);
    const choice = { ids: ['i-choice-1'], context: inputContext('i-choice') };
    await client.answer(sessionOf(await client.start()), said('Support', { choice }));
    assert.deepEqual(typebot.messages()[1], {
      type: 'text',
      text: 'Support',
      metadata: { replyId: 'i-choice-1' },
    });
  });

  it('never pays by what a person writes, and says why, once', async () => {
    const payment = {
      id: 'i-pay',
      type: 'payment input',
      options: { provider: 'Stripe', amount: '10', currency: 'EUR' },
    };
    const typebot = await bench.script(started({ messages: [text('Please pay.')], input: payment }));
    const client = bench.client(typebot);
    const start = await client.start({ language: 'ru' });
    const turn = await client.answer(sessionOf(start), said('paid'), { language: 'ru' });
    assert.equal(typebot.asked.length, 1);
    const texts = brief(turn.parts);
    assert.equal(texts.length, 1);
    assert.match(texts[0] ?? '', /чат/);
    assert.deepEqual(turn.session, start.session);
  });

  it('asks again for a file in the words of the person, without a call', async () => {
    const typebot = await bench.script(
      started({ messages: [text('Your passport?')], input: { id: 'i-f', type: 'file input', options: {} } }),
    );
    const client = bench.client(typebot);
    const turn = await client.answer(sessionOf(await client.start()), said('I have none'), {
      language: 'en',
    });
    assert.equal(typebot.asked.length, 1);
    assert.match(brief(turn.parts)[0] ?? '', /file/i);
  });

  it('takes the bare id that BitBot kept', async () => {
    const typebot = await bench.script(answered({ messages: [text('Fine.')], input: textInput() }));
    const stored = readStoredSession('cmold');
    assert.ok(stored);
    const turn = await bench.client(typebot).answer(stored, said('Hello'));
    assert.deepEqual(typebot.paths(), ['POST /api/v1/sessions/cmold/continueChat']);
    assert.equal(sessionOf(turn).publicId, 'my-bot');
  });

  describe('that is gone', () => {
    const session: TypebotSession = { id: 'cm0', publicId: 'my-bot', resultId: 'r0' };

    for (const [status, code, message] of [
      [404, 'NOT_FOUND', 'Session not found.'],
      [404, 'NOT_FOUND', 'Session expired. You need to start a new session.'],
      [500, 'INTERNAL_SERVER_ERROR', 'Current block id is not set'],
      [500, 'INTERNAL_SERVER_ERROR', 'Group / block not found'],
    ] as const) {
      for (const isOld of [false, true]) {
        it(`begins anew with the same text after "${message}"${isOld ? ' of an old release' : ''}`, async () => {
          const typebot = await bench.server(({ path }, response) => {
            if (path.endsWith('continueChat')) return refuse(response, status, code, message, isOld);
            sendJson(response, 200, opened);
          });
          const variables = { NAME: 'Ivan' };
          const turn = await bench.client(typebot).answer(session, said('My order'), { variables });
          assert.deepEqual(typebot.asked[1]?.body, {
            message: { type: 'text', text: 'My order' },
            prefilledVariables: variables,
            resultId: 'r0',
            isStreamEnabled: false,
            textBubbleContentFormat: 'richText',
          });
          assert.deepEqual([turn.restarted, sessionOf(turn).id], [true, 'cm1']);
          assert.deepEqual(brief(turn.parts), ['Hello! Pick one.', '[choices Sales|Support]']);
        });
      }
    }

    it('is not restarted twice', async () => {
      const typebot = await bench.server(({ path }, response) => {
        if (path.endsWith('continueChat')) return refuse(response, 404, 'NOT_FOUND', 'Session not found.');
        sendJson(response, 200, started({ input: question }));
      });
      const error = await failureOf(bench.client(typebot).answer(session, said('Sales')));
      assert.equal(error.code, 'TYPEBOT_SESSION');
      assert.deepEqual(
        typebot.paths().map((path) => path.split('/').at(-1)),
        ['continueChat', 'startChat', 'continueChat'],
      );
    });

    it('is not restarted where the bot is gone as well', async () => {
      const typebot = await bench.server(({ path }, response) => {
        const what = path.endsWith('continueChat') ? 'Session not found.' : 'Typebot not found';
        refuse(response, 404, 'NOT_FOUND', what);
      });
      const error = await failureOf(bench.client(typebot).answer(session, said('Sales')));
      assert.equal(error.code, 'TYPEBOT_NOT_FOUND');
      assert.equal(typebot.asked.length, 2);
    });

    it('belongs to a click no more', async () => {
      const typebot = await bench.server(({ path, body }, response) => {
        const isOld = path.includes('/cm0/');
        if (isOld) return refuse(response, 404, 'NOT_FOUND', 'Session not found.');
        sendJson(response, 200, started({ input: question, body }));
      });
      const input = { id: 'i-old', type: 'choice input', items: [{ id: 'x', label: 'Support' }] };
      const choice = { ids: ['x'], context: inputContext('i-old') };
      await bench.client(typebot).answer({ ...session, input }, said('Support', { choice }));
      assert.deepEqual(typebot.messages(), [
        { type: 'text', text: 'Support', metadata: { replyId: 'x' } },
        { type: 'text', text: 'Support' },
        { type: 'text', text: 'Support', metadata: { replyId: 'i-choice-1' } },
      ]);
    });

    it('was that of another bot', async () => {
      const typebot = await bench.script(opened);
      const turn = await bench.client(typebot).answer({ ...session, publicId: 'old-bot' }, said('Hi'));
      assert.deepEqual(typebot.paths(), ['POST /api/v1/typebots/my-bot/startChat']);
      assert.equal(turn.restarted, true);
    });
  });

  describe('in which much happens at once', () => {
    it('hears one message after the other; others do not wait for it', async () => {
      const release: (() => void)[] = [];
      const typebot = await bench.server(({ path }, response) => {
        const answer = (): void => sendJson(response, 200, path.includes('/slow/') ? answered() : opened);
        if (path.includes('/slow/')) release.push(answer);
        else answer();
      });
      const client = bench.client(typebot);
      const slow: TypebotSession = {
        id: 'slow',
        publicId: 'my-bot',
        input: { id: 'i', type: 'text input', items: [] },
      };
      const both = [client.answer(slow, said('one')), client.answer(slow, said('two'))];
      await until(() => release.length === 1, 'the first call');
      await client.answer({ ...slow, id: 'quick' }, said('three'));
      assert.deepEqual(
        typebot.messages().map((message) => JSON.stringify(message)),
        ['one', 'three'].map((words) => JSON.stringify({ type: 'text', text: words })),
      );
      release[0]?.();
      await until(() => release.length === 2, 'the second call');
      release[1]?.();
      await Promise.all(both);
    });

    it('is started once at a time by the dialog, before it has an id', async () => {
      const release: (() => void)[] = [];
      const typebot = await bench.server((_asked, response) => {
        release.push(() => sendJson(response, 200, opened));
      });
      const client = bench.client(typebot);
      const starts = [client.start({ dialogKey: 'd1' }), client.start({ dialogKey: 'd1' })];
      await until(() => release.length === 1, 'the first start');
      release[0]?.();
      await until(() => release.length === 2, 'the second start');
      release[1]?.();
      assert.equal((await Promise.all(starts)).length, 2);
    });

    it('is kept from others as soon as it has an id, while its start goes on', async () => {
      const release: (() => void)[] = [];
      const pause = { type: 'wait', wait: { secondsToWaitFor: 0 }, expectsDedicatedReply: true };
      const typebot = await bench.server(({ path }, response) => {
        if (path.endsWith('startChat')) {
          return sendJson(response, 200, started({ clientSideActions: [pause] }));
        }
        release.push(() => sendJson(response, 200, answered({ input: textInput() })));
      });
      const client = bench.client(typebot);
      const known: TypebotSession[] = [];
      const start = client.start({ onProgress: (soFar) => known.push(soFar.session) });
      await until(() => release.length === 1, 'the pause');
      const [first] = known;
      const input = readInput(textInput());
      assert.ok(first && input);
      const session: TypebotSession = { id: first.id, publicId: first.publicId, input };
      const answer = client.answer(session, said('Quick one'));
      const other = client.answer({ ...session, id: 'cm-other' }, said('Other'));
      await until(() => release.length === 2, 'the other session');
      assert.deepEqual(typebot.messages().slice(1), [null, { type: 'text', text: 'Other' }]);
      release[0]?.();
      await until(() => release.length === 3, 'the answer');
      for (const go of release.slice(1)) go();
      await Promise.all([start, answer, other]);
    });

    it('loses no time while it waits for its turn', async () => {
      const release: (() => void)[] = [];
      const typebot = await bench.server((_asked, response) => {
        release.push(() => sendJson(response, 200, opened));
      });
      const client = bench.client(typebot, { timeoutMs: 60_000 });
      const [first, second] = [client.start({ dialogKey: 'd1' }), client.start({ dialogKey: 'd1' })];
      await until(() => release.length === 1, 'the first start');
      await bench.clock.advance(50_000);
      release[0]?.();
      await first;
      await until(() => release.length === 2, 'the second start');
      await bench.clock.advance(50_000);
      release[1]?.();
      assert.equal((await second).ended, false);
    });

    it('does not wait for ever for the address of a file', async () => {
      const input = { id: 'i-f', type: 'file input', options: {} };
      const typebot = await bench.script(started({ input }));
      const client = bench.client(typebot);
      const files = [{ name: 'a.pdf', url: () => new Promise<string>(() => undefined) }];
      const waiting = failureOf(client.answer(sessionOf(await client.start()), said('', { files })));
      await client.close();
      assert.equal((await waiting).code, 'CANCELLED');
      const broken = [{ name: 'a.pdf', url: () => Promise.reject(new Error('no such file')) }];
      const other = bench.client(typebot);
      const session = sessionOf(await other.start());
      await assert.rejects(other.answer(session, said('', { files: broken })), { message: 'no such file' });
    });

    it('ends with its caller, and with the client', async () => {
      const typebot = await bench.server(() => undefined);
      const client = bench.client(typebot);
      const stop = new AbortController();
      const stopped = failureOf(client.start({ signal: stop.signal }));
      const waiting = failureOf(client.start({ dialogKey: 'd' }));
      const queued = failureOf(client.start({ dialogKey: 'd' }));
      await until(() => typebot.asked.length === 2, 'both calls');
      stop.abort();
      assert.equal((await stopped).code, 'CANCELLED');
      await client.close();
      assert.deepEqual(
        [(await waiting).code, (await queued).code, (await failureOf(client.start())).code],
        ['CANCELLED', 'CANCELLED', 'CANCELLED'],
      );
      assert.equal(bench.clock.pending(), 0);
    });
  });
});
