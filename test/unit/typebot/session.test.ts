import assert from 'node:assert/strict';
import { readInput } from '../../../lib/typebot/inputs/input';
import { readStoredSession, type TypebotSession } from '../../../lib/typebot/session';

describe('a stored session of Typebot', () => {
  const input = readInput({
    id: 'i1',
    type: 'choice input',
    items: [{ id: 'a', content: 'Yes' }],
  });

  it('comes back out of the store as it went in', () => {
    assert.ok(input);
    const session: TypebotSession = {
      id: 'cm1',
      publicId: 'my-bot',
      resultId: 'r1',
      input,
      waits: 'webhook',
      typing: { enabled: true, speed: 300 },
      startedAt: '2026-08-01T10:00:00.000Z',
    };
    assert.deepEqual(readStoredSession(JSON.parse(JSON.stringify(session))), session);
    assert.deepEqual(readStoredSession({ id: 'cm1', publicId: 'my-bot' }), { id: 'cm1', publicId: 'my-bot' });
  });

  it('may be the bare id that BitBot keeps', () => {
    assert.deepEqual(readStoredSession('cm1abc'), { id: 'cm1abc', publicId: '' });
  });

  it('is none where it is anything else', () => {
    for (const none of [
      undefined,
      null,
      7,
      '',
      '..',
      'a/b',
      '{"id":"x"}',
      [],
      {},
      { id: '' },
      { id: '../x' },
    ]) {
      assert.equal(readStoredSession(none), undefined);
    }
  });

  it('loses what cannot be read, and nothing else', () => {
    const odd = { id: 'cm1', publicId: 'b', input: 7, waits: 'rain', typing: 'fast', startedAt: null };
    assert.deepEqual(readStoredSession(odd), { id: 'cm1', publicId: 'b' });
  });
});
