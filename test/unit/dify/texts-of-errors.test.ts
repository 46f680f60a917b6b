import assert from 'node:assert/strict';
import { UnreachableError } from '../../../lib/core/errors';
import { cleanDescription } from '../../../lib/core/hidden-texts';
import { defaultTimers, outageOf } from '../../../lib/dify/outage';
import { factsOf, refusalOf, repeatability } from '../../../lib/dify/refusal';

describe('what is told of an error of Dify', () => {
  const apiKey = 'app-0123456789abcdef';

  it('holds no key, no input and no question, also not in pieces', () => {
    const sent = [
      'How much is the red bicycle?',
      { token: 'abcdef-1234567890-token', n: 1, list: ['Ivanov'] },
    ];
    const words = `Failed for Ivanov with ${apiKey}: "How much is the red bi...", abcdef-12345678 expired`;
    const told = cleanDescription(words, { secrets: [apiKey], sent });
    assert.match(told, /^Failed for \*\*\* with \*\*\*: /);
    for (const secret of ['Ivanov', apiKey, 'red bi', 'abcdef']) assert.ok(!told.includes(secret), told);
  });

  it('is short', () => {
    assert.ok(cleanDescription('word '.repeat(1000), { secrets: [], sent: [] }).length < 310);
  });

  it('names the variable also when its value is in the same sentence', () => {
    const facts = factsOf(
      {
        code: 'invalid_param',
        message: 'CITY_NAME in input form must be less than 48 characters',
        status: 400,
      },
      400,
    );
    const refusal = refusalOf('chat-messages', facts, { secrets: [apiKey], sent: { CITY_NAME: 'x' } });
    assert.deepEqual([refusal.params['variable'], refusal.params['limit']], ['CITY_NAME', 48]);
  });

  it('says what may be tried again', () => {
    const told = (status: number, code?: string) =>
      repeatability(refusalOf('x', { status, serviceCode: code, words: '' }, { secrets: [], sent: [] }));
    assert.equal(told(429, 'too_many_requests'), 'when-less-busy');
    assert.equal(told(429), 'when-less-busy');
    assert.equal(told(429, 'rate_limit_error'), 'never');
    assert.equal(told(500, 'internal_server_error'), 'once');
    assert.equal(told(503), 'once');
    assert.equal(told(504), 'never');
    assert.equal(told(400, 'invalid_param'), 'never');
  });

  it('names the limit that was reached', () => {
    for (const [sent, timer, seconds] of [
      [false, 'connect', 15],
      [true, 'idle', 45],
    ] as const) {
      const late = new UnreachableError('ADDRESS_UNREACHABLE', 'late', {
        sent,
        params: { reason: 'ETIMEDOUT' },
      });
      const told = outageOf(late, defaultTimers);
      assert.ok(told instanceof UnreachableError);
      assert.deepEqual(
        [told.code, told.sent, told.params['timer'], told.params['seconds']],
        ['DIFY_TIMEOUT', sent, timer, seconds],
      );
    }
  });
});
