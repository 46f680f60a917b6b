import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { partsToSend } from '../../../lib/bitrix24/reply/parts-to-send';
import { renderParts } from '../../../lib/bitrix24/text/render-parts';
import { toError } from '../../../lib/core/errors';
import { createTurns } from '../../../lib/core/turns';
import type { TypebotClient } from '../../../lib/typebot/client';
import type { TypebotTurn } from '../../../lib/typebot/request';
import type { TypebotSession } from '../../../lib/typebot/session';
import { readFailurePath } from '../../../nodes/runtime/bot/failure';
import { readSettings } from '../../../nodes/runtime/settings';
import { root } from '../../../scripts/pack.cjs';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { answersToCompare } from './answers-to-compare';
import { bitbotTalk } from './bitbot';
import { cellOf, type Compared, type Shown, type Speaker, type Words } from './compared';
import { hastyClock, said, typebotBench } from './support';

const page = readFileSync(join(root, 'docs/typebot-compared-with-bitbot.md'), 'utf8');
const variables = { FIRST_NAME: 'Ann' };
const sorry = { onFailure: 'say', failureText: 'Sorry, I cannot answer right now.' };

/** As the node talks in an Open Channel: one message of the dialog after the other. */
function ourTalk(client: TypebotClient): Speaker {
  const turns = createTurns();
  const { signal } = new AbortController();
  const failurePath = readFailurePath({
    settings: readSettings(sorry, {}),
    typed: () => assert.fail('the sentence is a plain text'),
    warn: assert.ifError,
  });
  let session: TypebotSession | undefined;

  function ask(words: Words): Promise<TypebotTurn> {
    const options = { variables, language: 'en' };
    if (typeof words !== 'string') return client.command(session, { name: words.command }, options);
    return session
      ? client.answer(session, said(words), options)
      : client.start({ ...options, said: said(words) });
  }

  return async (words) => {
    const turn = await turns.take(['dialog'], signal);
    let message: unknown;
    try {
      const answered = await ask(words);
      session = answered.session;
      message = { parts: answered.parts };
    } catch (error) {
      await failurePath({ _msgid: '1' }, toError(error), (sent) => void (message = sent));
    } finally {
      turn.release();
    }
    return renderParts(partsToSend(message, undefined), { channel: 'open-channel', botId: 5 });
  };
}

describe('the page that compares the pack with BitBot', () => {
  const bench = typebotBench();
  let typebot: Typebot;
  beforeEach(async () => {
    typebot = await startTypebot({ bots: answersToCompare.map(({ bot }) => bot) });
  });
  afterEach(() => typebot.stop());

  /** What is shown for the last of what the client says, and for what came at the same moment. */
  async function shownBy(
    speak: Speaker,
    { bot, says, quickly, fault }: Compared,
    untilNext: (next: Promise<unknown>) => Promise<unknown>,
  ): Promise<Shown[]> {
    for (const words of says.slice(0, -1)) await speak(words);
    const last = says.at(-1) ?? '';
    if (fault !== undefined) typebot.script(bot.name, fault);
    if (quickly === undefined) return speak(last);
    const before = typebot.requestsOf('continue', bot.name).length;
    const gate = typebot.hold(bot.name, 'continue');
    const first = speak(last);
    await typebot.untilRequest(
      (request) => typebot.requestsOf('continue', bot.name).indexOf(request) >= before,
    );
    const second = speak(quickly);
    await untilNext(second);
    gate.open();
    return [...(await first), ...(await second)];
  }

  const rows = rowsOf(page);

  it('has a row for each of the answers, in order', () => {
    assert.deepEqual(
      rows.map(([what]) => what),
      answersToCompare.map(({ what }) => what),
    );
  });

  for (const compared of answersToCompare) {
    const { what, bot } = compared;
    it(`tells what each shows of: ${what}`, async () => {
      const cells = rows.find(([title]) => title === what)?.slice(1);
      const bitbot = cellOf(
        await shownBy(bitbotTalk(typebot, bot.name, variables), compared, (next) => next),
      );
      const client = bench.client(typebot, { startUrl: typebot.publicUrl(bot.name) }, hastyClock);
      const ours = cellOf(await shownBy(ourTalk(client), compared, longEnough));
      assert.deepEqual(cells, [bitbot, ours]);
    });
  }
});

/** Whoever does not wait has time to get in the way of what goes before. */
async function longEnough(): Promise<void> {
  for (let turns = 0; turns < 500; turns += 1) await turn();
}

/** The cells of the table, without its head. */
function rowsOf(text: string): string[][] {
  const [, , ...lines] = text.split('\n').filter((line) => line.startsWith('|'));
  return lines.map((line) =>
    line
      .replace(/^\| | \|$/g, '')
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}
