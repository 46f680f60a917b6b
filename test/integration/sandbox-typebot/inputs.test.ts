import assert from 'node:assert/strict';
import { at, retry, seen, servers, talkTo } from './support';

const start = servers();

/** What is stored, or how it is asked again. */
async function storedBy(bot: string, replies: readonly unknown[]): Promise<string[]> {
  const talk = talkTo(await start(), bot);
  const outcomes: string[] = [];
  for (const reply of replies) {
    const shown = await talk.after(reply);
    outcomes.push(/^Stored: (.*?) \|/.exec(shown)?.[1] ?? shown.split(' | ')[0] ?? '');
  }
  return outcomes;
}

describe('sandbox typebot: inputs', () => {
  it('take a number within its limits', async () => {
    assert.deepEqual(
      await storedBy('number', ['3', '2,5', '2.5', '07', '4 people', '0.5', '11', '', 'three']),
      [...['3', '2.5', '2.5', '07', '4'], ...[retry, retry, retry, retry]],
    );
    assert.deepEqual(await storedBy('number-from-zero', ['-5']), ['-5']);
  });

  it('take a rating up to its length, and anything below', async () => {
    assert.deepEqual(await storedBy('rating', ['5', '1', '-3', '', '6', 'five']), [
      '5',
      '1',
      '-3',
      '',
      retry,
      retry,
    ]);
    assert.deepEqual(await storedBy('rating-as-usual', ['10', '11']), ['10', retry]);
    const { json } = await talkTo(await start(), 'rating').start();
    const variableId = at(json, 'input', 'options', 'variableId');
    assert.equal(typeof variableId, 'string');
    const labels = { left: 'Bad', right: 'Good' };
    assert.deepEqual(at(json, 'input', 'options'), { length: 5, startsAt: 1, labels, variableId });
  });

  it('take an e-mail address, in lower case', async () => {
    const sentence = "This email doesn't seem to be valid. Can you type it again?";
    assert.deepEqual(await storedBy('email', ['Ada@Example.COM', 'ada@example', 'my address']), [
      'ada@example.com',
      sentence,
      sentence,
    ]);
  });

  it('take a web address with or without protocol', async () => {
    const sentence = 'That is no address.';
    assert.deepEqual(
      await storedBy('url', ['example.com/a', 'https://example.com', 'ftp://example.com', 'example']),
      ['example.com/a', 'https://example.com', sentence, sentence],
    );
  });

  it('take a phone number, at home also without its country', async () => {
    const spaced = '+7 (999) 123-45-67';
    const plain = '8 999 123 45 67';
    assert.deepEqual(
      await storedBy('phone', [spaced, `call ${spaced} now`, plain, '+1234', '+7 000 000 00 00']),
      ['+79991234567', '+79991234567', ...[retry, retry, retry]],
    );
    assert.deepEqual(
      await storedBy('phone-at-home', [plain, '79991234567', '9991234567', '12345', '+44 20 7946 0958']),
      [...['+79991234567', '+79991234567', '+79991234567'], retry, '+442079460958'],
    );
  });

  it('take any text for a payment but one', async () => {
    const [paid, failed] = await storedBy('payment', ['I want to talk', 'fail']);
    assert.equal(paid, 'I want to talk');
    assert.equal(failed, 'Payment failed. Please, try again.');
    const { json } = await talkTo(await start(), 'payment').start();
    assert.equal(at(json, 'input', 'runtimeOptions', 'amountLabel'), '30.00 USD');
  });

  it('take any text where nobody knows the type', async () => {
    assert.deepEqual(await storedBy('unknown-input', ['anything']), ['anything']);
  });

  it('count an empty call as a wrong answer', async () => {
    const talk = talkTo(await start(), 'greeting');
    await talk.start();
    assert.equal(seen(await talk.say(null)), `${retry} | ? text input`);
    assert.equal(seen(await talk.say()), `${retry} | ? text input`);
    assert.equal(seen(await talk.say('')), 'You wrote:  | Anything else? | ? text input');
  });

  it('offer the answer of before', async () => {
    const talk = talkTo(await start(), 'asks-first');
    const { json } = await talk.start({ prefilledVariables: { WISH: 'tea' } });
    assert.equal(at(json, 'input', 'prefilledValue'), 'tea');
  });
});
