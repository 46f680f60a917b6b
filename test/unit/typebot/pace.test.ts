import assert from 'node:assert/strict';
import { readPace, typingMs } from '../../../lib/typebot/pace';

describe('the pace of a bot', () => {
  const later = { isFirstOfAll: false, followsAnother: false };
  const first = { isFirstOfAll: true, followsAnother: false };
  const behind = { isFirstOfAll: false, followsAnother: true };

  it('is that of the words, of any alphabet, up to a limit', () => {
    assert.equal(typingMs('one two three four', { speed: 240 }, later), 1000);
    assert.equal(typingMs('один два, три: четыре!', { speed: 240 }, later), 1000);
    assert.equal(typingMs('word '.repeat(500), { speed: 240, maxDelay: 2 }, later), 2000);
    assert.equal(typingMs('word '.repeat(500), {}, later), 3000);
    assert.equal(typingMs('… 👋', { speed: 1 }, later), 0);
  });

  it('is that of Typebot where the settings say nothing, or nonsense', () => {
    assert.equal(typingMs('one two three four', {}, later), 600);
    assert.equal(typingMs('one two three four', { speed: 0 }, later), 600);
  });

  it('spares the first message, unless the settings say otherwise', () => {
    assert.equal(typingMs('one two three four', {}, first), 0);
    assert.equal(typingMs('one two three four', { isDisabledOnFirstMessage: false }, first), 600);
  });

  it('rests between two bubbles, also when nothing is typed', () => {
    assert.equal(typingMs('one two three four', { delayBetweenBubbles: 1 }, behind), 1600);
    assert.equal(typingMs('one', { enabled: false, delayBetweenBubbles: 1 }, behind), 1000);
    assert.equal(typingMs('one', { enabled: false, delayBetweenBubbles: 1 }, later), 0);
  });

  it('is read out of settings that may hold anything', () => {
    assert.deepEqual(readPace({ enabled: false, speed: '300', maxDelay: 5, other: 1 }), {
      enabled: false,
      speed: 300,
      maxDelay: 5,
    });
    assert.deepEqual(readPace({ enabled: 'yes', speed: -1, maxDelay: 'long' }), {});
    assert.equal(readPace(undefined), undefined);
    assert.equal(readPace('fast'), undefined);
  });
});
