import assert from 'node:assert/strict';
import { CancelledError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { DifyRunError } from '../../../lib/dify/answer';
import { formRefusal, mayHaveBeenTaken } from '../../../lib/dify/form-refusal';
import { interrupted, timeoutOf } from '../../../lib/dify/outage';

describe('what a failure says of the form that was to be answered', () => {
  const refused = (code: 'DIFY_FORM_CLOSED' | 'DIFY_REFUSED', status: number, serviceCode?: string) =>
    new RefusedError(code, 'no', { status, ...(serviceCode !== undefined && { serviceCode }) });

  for (const [what, error, expected] of [
    ['somebody was first', refused('DIFY_FORM_CLOSED', 412), 'closed'],
    ['it is unknown', refused('DIFY_REFUSED', 404, 'not_found'), 'gone'],
    ['its run failed afterwards', new DifyRunError('DIFY_FAILED', 'no'), 'gone'],
    ['the answer of its run broke off', interrupted(undefined), 'gone'],
    ['its run took too long', timeoutOf('total', 1), 'gone'],
    ['its run stood still', timeoutOf('progress', 1), 'gone'],
    ['a field is missing', refused('DIFY_REFUSED', 400, 'invalid_form_data'), 'unfit'],
    ['the server is down', refused('DIFY_REFUSED', 500), undefined],
    ['nothing was heard', timeoutOf('idle', 1), undefined],
    ['nobody was there', new UnreachableError('DIFY_UNREACHABLE', 'no', { sent: false }), undefined],
    ['the work was stopped', new CancelledError(), undefined],
  ] as const) {
    it(`${what}: ${expected ?? 'nothing, it waits on'}`, () => assert.equal(formRefusal(error), expected));
    const isTaken = what === 'somebody was first' || what === 'it is unknown';
    it(`${what}: it was ${isTaken ? '' : 'not '}perhaps submitted before`, () =>
      assert.equal(mayHaveBeenTaken(error), isTaken));
  }
});
