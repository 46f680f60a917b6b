import assert from 'node:assert/strict';
import { createLimiter } from '../../../sandbox/bitrix24/limiter';
import { createMasking } from '../../../sandbox/bitrix24/masking';
import { cutText } from '../../../sandbox/bitrix24/messages';
import { createOperatingTime } from '../../../sandbox/bitrix24/operating';

describe('the leaky bucket', () => {
  it('fills up, drains at its pace, and is counted per source', () => {
    let time = 0;
    const limiter = createLimiter({ perSecond: 2, bucket: 3 }, () => time);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limiter.admit('a')),
      [true, true, true, false],
    );
    assert.equal(limiter.admit('b'), true);
    time = 500;
    assert.deepEqual([limiter.admit('a'), limiter.admit('a')], [true, false]);
  });
});

describe('operating time', () => {
  it('blocks a method after its limit until the oldest minute drops out', () => {
    let time = 0;
    const operating = createOperatingTime(() => time);
    operating.spend('slow', 481);
    assert.equal(operating.isBlocked('slow'), true);
    assert.equal(operating.isBlocked('other'), false);
    assert.equal(operating.resetAt('slow'), 600);
    time = 600_000;
    assert.equal(operating.isBlocked('slow'), false);
  });
});

describe('masking', () => {
  it('hides secrets by name, in query strings and wherever a known one turns up', () => {
    const masking = createMasking();
    masking.hide('k3Qz-token');
    const cleaned = masking.clean({
      botToken: 'unknown-one',
      cmd: { a: 'x?botToken=other&auth=abc&ID=1' },
      fields: { message: 'see k3Qz-token', content: 'AAAA' },
    });
    assert.deepEqual(cleaned, {
      botToken: '***',
      cmd: { a: 'x?botToken=***&auth=***&ID=1' },
      fields: { message: 'see ***', content: 'base64, 4 characters' },
    });
  });
});

describe('the length of a text', () => {
  it('is counted in characters, and what is over is cut with a mark', () => {
    const smile = '😀'.repeat(20_000);
    assert.equal(cutText(smile), smile);
    assert.equal(cutText('a'.repeat(20_001)), `${'a'.repeat(20_000)} (...)`);
  });
});
