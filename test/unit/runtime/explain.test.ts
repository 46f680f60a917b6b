import assert from 'node:assert/strict';
import { RefusedError, UnreachableError, type ErrorCode } from '../../../lib/core/errors';
import { createAnswerBuilder } from '../../../lib/dify/answer';
import { readEvent } from '../../../lib/dify/events';
import { explain, type Translate } from '../../../nodes/runtime/explain';

const isUnclear = (error: Error): boolean => explain(error, (key) => key, 'dify-chatflow').isUnclear;

function failureAfter(...records: readonly object[]): Error {
  const builder = createAnswerBuilder('chat', { secrets: [], sent: {} });
  for (const record of records) builder.take(readEvent(record) ?? assert.fail());
  try {
    builder.result();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return assert.fail('a failure is needed');
}

const told = (code: string, message = 'no') => ({ event: 'error', status: 400, code, message });

describe('whether a failed run may have worked', () => {
  for (const [serviceCode, message, expected] of [
    ['completion_request_error', 'no', 'DIFY_MODEL'],
    ['provider_quota_exceeded', 'no', 'DIFY_QUOTA'],
    ['invalid_param', 'city is required in input form', 'DIFY_INPUT_MISSING'],
    ['too_many_requests', 'no', 'DIFY_RATE_LIMIT'],
    ['invalid_param', 'the CRM: Conversation Not Exists.', 'DIFY_FAILED'],
  ] as const satisfies readonly (readonly [string, string, ErrorCode])[]) {
    it(`${expected} is unclear once the run has begun`, () => {
      for (const begun of [
        { event: 'message', answer: 'So far' },
        { event: 'workflow_started', workflow_run_id: 'r1' },
      ]) {
        const error = failureAfter(begun, told(serviceCode, message));
        assert.equal(Reflect.get(error, 'code'), expected);
        assert.equal(isUnclear(error), true);
      }
    });
  }

  it('is unclear when a message was made, and clear when nothing was', () => {
    const error = told('provider_quota_exceeded');
    assert.equal(isUnclear(failureAfter({ ...error, message_id: 'm1' })), true);
    assert.equal(isUnclear(failureAfter(error)), false);
    assert.equal(isUnclear(new RefusedError('DIFY_MODEL', 'no', { status: 400 })), false);
    assert.equal(isUnclear(new RefusedError('DIFY_UNREACHABLE', 'no', { status: 504 })), true);
    assert.equal(isUnclear(new UnreachableError('DIFY_TIMEOUT', 'no', { sent: false })), false);
  });
});

describe('a row that failed', () => {
  const translate: Translate = (key, params = {}) => {
    if (key === 'bitlane.error.SYNC_ROW_FAILED') return `Because: ${params['why']}.`;
    return key === 'bitlane.brief.AUDIO_MONO' ? 'only one channel' : key;
  };
  const told = (params: Record<string, string>): string =>
    explain(new RefusedError('SYNC_ROW_FAILED', 'x', { params }), translate, 'voximplant-calls').message;

  it('is told with its reason in the words that a status has for it, or else as it came', () => {
    assert.equal(told({ because: 'AUDIO_MONO', why: 'AUDIO_MONO: mono' }), 'Because: only one channel. (x)');
    assert.equal(told({ why: 'no idea' }), 'Because: no idea. (x)');
  });
});
