import assert from 'node:assert/strict';
import { saysOneOf } from '../../../lib/core/said-word';

describe('a word that somebody says', () => {
  it('is known in any case, with marks behind it or without', () => {
    for (const said of ['bot', ' Bot. ', 'БОТ', 'bot?!…', `bot${'.'.repeat(500)}`]) {
      assert.equal(saysOneOf(said, ['bot', 'бот!']), true, said);
    }
    for (const said of ['', '...', 'robot', 'bot, please', '.bot', 'bot.a']) {
      assert.equal(saysOneOf(said, ['bot', '']), false, said);
    }
  });

  it('is not looked for in what is longer than any word, whatever it consists of', () => {
    const dots = '.'.repeat(200_000);
    assert.equal(saysOneOf(`${dots}a`, ['a']), false);
    assert.equal(saysOneOf(`bot${dots}a${dots}`, ['bot']), false);
    assert.equal(saysOneOf('a'.repeat(200_000), ['a'.repeat(200_000)]), false);
  });
});
