import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { TypebotSession } from '../../../lib/typebot/session';
import { sendJson } from '../../../sandbox/shared/http-listener';
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

describe('a command to a Typebot bot', () => {
  const bench = typebotBench();
  const session: TypebotSession = {
    id: 'cm1',
    publicId: 'my-bot',
    input: { id: 'i-text', type: 'text input', items: [] },
  };
  const helped = answered({ messages: [text('This is help.')], input: textInput() });
  const isCommand = (body: unknown): boolean => at(body, 'message', 'type') === 'command';
  const command = (name: string) => ({ type: 'command', command: name });

  /** A bot that knows no command. */
  function simpleBot(
    message: string,
    opened: object = started({ messages: [text('Hello!')], input: textInput() }),
  ) {
    return bench.server(({ path, body }, response) => {
      if (isCommand(body)) return refuse(response, 400, 'BAD_REQUEST', message);
      sendJson(response, 200, path.endsWith('startChat') ? opened : helped);
    });
  }

  it('goes to its event in a running session', async () => {
    const typebot = await bench.script(helped);
    const turn = await bench.client(typebot).command(session, { name: '/help', params: 'me' });
    assert.deepEqual(typebot.asked[0]?.body, {
      message: command('help'),
      textBubbleContentFormat: 'richText',
    });
    assert.deepEqual([brief(turn.parts), turn.restarted], [['This is help.'], false]);
  });

  for (const message of [
    'Command event not found',
    "Command event doesn't have a connected edge",
    'Could not find outgoing edge',
    'Input validation failed',
  ]) {
    it(`becomes a text after "${message}", and stays one for a while`, async () => {
      const typebot = await simpleBot(message);
      const client = bench.client(typebot);
      const turn = await client.command(session, { name: 'help', params: 'me now' });
      assert.deepEqual(brief(turn.parts), ['This is help.']);
      await client.command(session, { name: 'help' });
      const texts = [
        { type: 'text', text: '/help me now' },
        { type: 'text', text: '/help' },
      ];
      assert.deepEqual(typebot.messages(), [command('help'), ...texts]);
      await client.command(session, { name: 'stop' });
      assert.deepEqual(typebot.messages()[3], command('stop'));
      await bench.clock.advance(20 * 60_000);
      await client.command(session, { name: 'help' });
      assert.deepEqual(typebot.messages()[5], command('help'));
    });
  }

  it('is no text when the bot is closed', async () => {
    const typebot = await bench.server((_asked, response) =>
      refuse(response, 400, 'BAD_REQUEST', 'This bot is now closed'),
    );
    const error = await failureOf(bench.client(typebot).command(session, { name: 'help' }));
    assert.deepEqual([error.code, typebot.asked.length], ['TYPEBOT_CLOSED', 1]);
  });

  it('starts the bot first, and what that says is told as well', async () => {
    const typebot = await bench.script(
      started({ messages: [text('Hello!')], input: choiceInput(['Yes', 'No']) }),
      helped,
    );
    const variables = { COMMAND_PARAMS: 'me' };
    const turn = await bench.client(typebot).command(undefined, { name: 'help' }, { variables });
    assert.deepEqual(typebot.messages(), [undefined, command('help')]);
    assert.deepEqual(at(typebot.asked[0]?.body, 'prefilledVariables'), variables);
    assert.deepEqual([brief(turn.parts), turn.restarted], [['Hello!', 'This is help.'], false]);
  });

  it('is no answer to the first question of a bot that greets', async () => {
    const typebot = await simpleBot('Command event not found');
    const turn = await bench.client(typebot).command(undefined, { name: 'start' });
    assert.deepEqual(typebot.messages(), [undefined, command('start')]);
    assert.deepEqual([brief(turn.parts), sessionOf(turn).input?.id], [['Hello!'], 'i-text']);
  });

  it('is the first message of a bot that waits for one', async () => {
    const typebot = await simpleBot('Command event not found', started({ input: textInput() }));
    const client = bench.client(typebot);
    const turn = await client.command(undefined, { name: 'start' });
    assert.deepEqual(typebot.messages()[2], { type: 'text', text: '/start' });
    assert.deepEqual(brief(turn.parts), ['This is help.']);
    await client.command(undefined, { name: 'start' });
    assert.deepEqual(typebot.messages()[3], { type: 'text', text: '/start' });
  });

  it('is not heard by a bot that is through', async () => {
    const typebot = await bench.script(started({ messages: [text('We are closed.')] }));
    const turn = await bench.client(typebot).command(undefined, { name: 'help' });
    assert.deepEqual([typebot.asked.length, turn.ended], [1, true]);
  });

  it('starts the bot again when the session is gone, once', async () => {
    const typebot = await bench.server(({ path }, response) => {
      if (path.includes('/cm0/')) return refuse(response, 404, 'NOT_FOUND', 'Session not found.');
      if (path.endsWith('startChat')) return sendJson(response, 200, started({ input: textInput() }));
      sendJson(response, 200, helped);
    });
    const turn = await bench.client(typebot).command({ ...session, id: 'cm0' }, { name: 'help' });
    assert.deepEqual([turn.restarted, brief(turn.parts)], [true, ['This is help.']]);
    assert.deepEqual(typebot.messages(), [command('help'), undefined, command('help')]);
    const gone = await bench.server(({ path }, response) => {
      if (path.endsWith('startChat')) return sendJson(response, 200, started({ input: textInput() }));
      refuse(response, 404, 'NOT_FOUND', 'Session not found.');
    });
    const error = await failureOf(bench.client(gone).command(session, { name: 'help' }));
    assert.deepEqual([error.code, gone.asked.length], ['TYPEBOT_SESSION', 3]);
  });

  it('is never repeated after an outcome that is not clear', async () => {
    const typebot = await bench.server((_asked, response) => response.writeHead(502).end('Bad Gateway'));
    const error = await failureOf(bench.client(typebot).command(session, { name: 'help' }));
    assert.deepEqual([error.code, typebot.asked.length], ['TYPEBOT_UNCERTAIN', 1]);
  });

  it('as a text it never pays', async () => {
    const typebot = await simpleBot('Command event not found');
    const input = { id: 'i-pay', type: 'payment input', items: [] };
    await bench.client(typebot).command({ ...session, input }, { name: 'pay' });
    assert.deepEqual(typebot.messages(), [command('pay')]);
  });

  it('needs a name', async () => {
    const typebot = await bench.script(helped);
    const error = await failureOf(bench.client(typebot).command(session, { name: ' / ' }));
    assert.deepEqual([error.code, typebot.asked.length], ['INPUT_INVALID', 0]);
    await bench.client(typebot).answer(session, said('x'));
  });
});
