import assert from 'node:assert/strict';
import { CancelledError, UnreachableError } from '../../../lib/core/errors';
import type { DifyResult } from '../../../lib/dify/request';
import { suggestionsAfter, type SuggestionsRequest } from '../../../lib/dify/suggestions';
import { manualClock } from '../../support/manual-clock';

const unnamed: DifyResult = {
  text: 'Hello',
  status: 'succeeded',
  outputs: {},
  files: [],
  citations: [],
  forms: [],
  conversationReset: false,
  resumed: false,
};
const answered: DifyResult = { ...unnamed, messageId: 'm1' };

describe('the questions that an app suggests', () => {
  function bench(changes: Partial<SuggestionsRequest> = {}) {
    const asked: string[] = [];
    const clock = manualClock();
    const stop = new AbortController();
    const request: SuggestionsRequest = {
      client: {
        suggested: (messageId, user) => {
          asked.push(`${messageId} ${user}`);
          return Promise.resolve(['More?']);
        },
      },
      describe: () => Promise.resolve({ suggestsQuestions: true }),
      clock,
      user: 'u',
      signal: stop.signal,
      ...changes,
    };
    return { asked, clock, stop, request };
  }
  /** Ends when its signal does, as a call of the client. */
  const neverAnswers: SuggestionsRequest['client'] = {
    suggested: (_messageId, _user, signal) =>
      new Promise((_resolve, reject) => {
        const end = (): void => reject(new CancelledError());
        if (signal?.aborted) end();
        signal?.addEventListener('abort', end, { once: true });
      }),
  };

  it('are asked for by the message and its user', async () => {
    const { request, asked } = bench();
    assert.deepEqual(await suggestionsAfter(answered, request), ['More?']);
    assert.deepEqual(asked, ['m1 u']);
  });

  it('are none where there is nothing to ask further, and cost no call', async () => {
    for (const [result, changes] of [
      [{ ...answered, status: 'paused' }, {}],
      [{ ...answered, text: ' ' }, {}],
      [unnamed, {}],
      [answered, { describe: () => Promise.resolve({ suggestsQuestions: false }) }],
      [answered, { describe: () => Promise.resolve(undefined) }],
    ] as const) {
      const { request, asked } = bench(changes);
      assert.deepEqual(await suggestionsAfter(result, request), []);
      assert.deepEqual(asked, []);
    }
  });

  it('are not waited for longer than ten seconds', async () => {
    const { request, clock } = bench({ client: neverAnswers });
    const failing = assert.rejects(suggestionsAfter(answered, request), (error) => {
      assert.ok(error instanceof UnreachableError);
      return error.code === 'DIFY_UNREACHABLE' && error.message.includes('10 s');
    });
    await clock.advance(10_000);
    await failing;
    assert.equal(clock.pending(), 0);
  });

  it('are given up when the node closes', async () => {
    const { request, stop, clock } = bench({ client: neverAnswers });
    const failing = assert.rejects(suggestionsAfter(answered, request), CancelledError);
    stop.abort();
    await failing;
    await clock.advance(0);
    assert.equal(clock.pending(), 0);
  });
});
