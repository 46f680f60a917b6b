import assert from 'node:assert/strict';
import { CancelledError, InvalidError, RefusedError, UnreachableError } from '../../../../lib/core/errors';
import { mayHaveArrived } from '../../../../lib/bitrix24/reply/send-pieces';

const broken = (code: 'BITRIX_UNREACHABLE' | 'BITRIX_AUTH_SERVER' | 'ADDRESS_UNREACHABLE', sent: boolean) =>
  new UnreachableError(code, 'it broke off', { sent });

describe('a send that failed', () => {
  for (const [what, error] of [
    ['the portal did not answer it', broken('BITRIX_UNREACHABLE', true)],
    ['nobody waited for its answer', new CancelledError()],
    ['nobody knows why', new TypeError('x is not a function')],
  ] as const) {
    it(`may have arrived when ${what}`, () => {
      assert.equal(mayHaveArrived(error), true);
    });
  }

  for (const [what, error] of [
    ['the portal could not be connected to', broken('BITRIX_UNREACHABLE', false)],
    ['the portal refused it', new RefusedError('BITRIX_REFUSED', 'no')],
    ['it could not be made', new InvalidError('INPUT_INVALID', 'no')],
    ['the auth server did not answer before it', broken('BITRIX_AUTH_SERVER', true)],
    ["the file's server broke off", broken('ADDRESS_UNREACHABLE', true)],
  ] as const) {
    it(`has not arrived when ${what}`, () => {
      assert.equal(mayHaveArrived(error), false);
    });
  }
});
