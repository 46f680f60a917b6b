import assert from 'node:assert/strict';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { callFailure } from '../../../lib/speechsense/call-failure';
import { retryRow } from '../../../lib/speechsense/retry-table';

function failed(
  code: number,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

const ofService = { 'content-type': 'application/grpc+proto', 'x-request-id': 'r1' };

describe('a call of speechsense that failed', () => {
  it('was not answered when somebody on the way spoke HTTP', () => {
    for (const trailers of [{ 'content-type': 'text/html', server: 'proxy' }, { server: 'proxy' }]) {
      const failure = callFailure(failed(14, 'Received HTTP status code 504', trailers), false);
      assert.deepEqual([failure.isAnswer, failure.mayHaveArrived], [false, true]);
    }
    const odd = callFailure(failed(14, 'odd words', { 'content-type': 'text/html' }), false);
    assert.equal(odd.isAnswer, false);
  });

  for (const [code, words] of [
    [14, 'No connection established'],
    [14, 'Stream refused by server'],
    [4, 'Deadline exceeded after 5s'],
    [13, 'Request message serialization failure: no'],
  ] as const) {
    it(`has arrived when the service itself says: ${words}`, () => {
      const failure = callFailure(failed(code, words, ofService), false);
      assert.deepEqual([failure.isAnswer, failure.mayHaveArrived], [true, true]);
      assert.equal(retryRow(failure).mayExist, true);
      assert.equal(callFailure(failed(code, words), false).mayHaveArrived, false);
    });
  }

  it('may have arrived although its end speaks of TLS', () => {
    const failure = callFailure(failed(14, 'Connection dropped: SSL alert bad record mac'), false);
    assert.deepEqual([failure.mayHaveArrived, retryRow(failure).mayExist], [true, true]);
  });
});
