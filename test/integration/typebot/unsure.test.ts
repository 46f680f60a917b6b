import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { readStoredSession, type TypebotSession } from '../../../lib/typebot/session';
import {
  dateInput,
  listenForWebhook,
  paymentInput,
  startTypebot,
  text,
  textInput,
  type BotInit,
  type Typebot,
} from '../../../sandbox/typebot';
import { brief, failureOf, hastyClock, said, sessionOf, typebotBench } from './support';

const shop: BotInit = {
  name: 'shop',
  groups: {
    start: [
      text('What would you like?'),
      textInput({ save: 'WISH' }),
      text('Please pay.'),
      paymentInput({ save: 'PAID' }),
      text('Paid.'),
    ],
  },
};
const patient: BotInit = {
  name: 'patient',
  groups: { start: [text('Wait, please.'), listenForWebhook({}), text('The hook came.'), textInput()] },
};

/** Whatever the bot may ask by now: nothing is told to it before that is known. */
describe('a question of Typebot that is not known here', () => {
  const bench = typebotBench();
  let typebot: Typebot;
  beforeEach(async () => {
    typebot = await startTypebot();
    for (const bot of [shop, patient]) typebot.addBot(bot);
  });
  afterEach(() => typebot.stop());

  const clientOf = (bot: string) => bench.client(typebot, { startUrl: typebot.publicUrl(bot) }, hastyClock);
  const answersOf = (bot: string): Record<string, unknown> => ({ ...typebot.sessionOf(bot).state.variables });
  const told = (bot: string): unknown[] =>
    typebot.requestsOf('continue', bot).map(({ body }) => at(body, 'message', 'text') ?? null);

  it('is not paid by what a person says after an answer that was lost', async () => {
    const client = clientOf('shop');
    let kept: TypebotSession = sessionOf(await client.start());
    typebot.script('shop', { runs: true, cut: 'before-answer' });
    const attempt = client.answer(kept, said('tea'), { onProgress: ({ session }) => (kept = session) });
    assert.equal((await failureOf(attempt)).code, 'TYPEBOT_UNCERTAIN');
    assert.equal(kept.isUnsure, true);
    const stored = readStoredSession(JSON.parse(JSON.stringify(kept))) ?? assert.fail('no session');
    const turn = await client.answer(stored, said('Hello?'));
    assert.equal(answersOf('shop')['PAID'] ?? null, null);
    assert.deepEqual(told('shop'), ['tea', null]);
    assert.equal(turn.session?.input?.type, 'payment input');
    assert.equal(turn.session?.isUnsure, undefined);
    await client.answer(sessionOf(turn), said('I have paid'));
    assert.deepEqual(told('shop'), ['tea', null]);
  });

  it('is answered all the same when it takes the answer, and nothing is seen of the look at it', async () => {
    const client = clientOf('shop');
    const { id } = sessionOf(await client.start());
    const turn = await client.answer({ id, publicId: '' }, said('coffee'));
    assert.deepEqual(told('shop'), [null, 'coffee']);
    assert.equal(answersOf('shop')['WISH'], 'coffee');
    assert.equal(brief(turn.parts)[0], 'Please pay.');
  });

  it('is not a payment for somebody whose conversation another tool began', async () => {
    const client = clientOf('shop');
    const { id } = sessionOf(await client.answer(sessionOf(await client.start()), said('tea')));
    const turn = await client.answer({ id, publicId: '' }, said('I have paid'));
    assert.equal(answersOf('shop')['PAID'] ?? null, null);
    assert.equal(turn.session?.input?.type, 'payment input');
  });

  it('gets no words where a webhook is waited for', async () => {
    const client = clientOf('patient');
    const { id } = sessionOf(await client.start());
    await client.answer({ id, publicId: '' }, said('forged'));
    assert.deepEqual(told('patient'), [null]);
  });

  it('begins anew when the conversation is gone', async () => {
    const client = clientOf('shop');
    const { id } = sessionOf(await client.start());
    typebot.script('shop', 'session-lost');
    const turn = await client.answer({ id, publicId: '' }, said('tea'));
    assert.equal(turn.restarted, true);
    assert.equal(brief(turn.parts)[0], 'What would you like?');
  });

  it('comes first and gets a date in the form that it wants, without a complaint before', async () => {
    typebot.addBot({ name: 'when', groups: { start: [dateInput({ save: 'DAY' }), text('On {{DAY}}.')] } });
    const turn = await clientOf('when').start({ said: said('31 декабря 2030') });
    assert.deepEqual(brief(turn.parts), ['On 31/12/2030.']);
  });
});
