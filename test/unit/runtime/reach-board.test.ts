import assert from 'node:assert/strict';
import { InvalidError, RefusedError, UnreachableError, type ErrorCode } from '../../../lib/core/errors';
import { tellingReach } from '../../../lib/bitrix24/rest/reach';
import { createReachBoard } from '../../../nodes/config/bitrix-portal/reach-board';
import { createStatusBoard } from '../../../nodes/runtime/status';

const away = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: false });

describe('whether a portal answers', () => {
  const refused = (serviceCode: string, code: ErrorCode = 'BITRIX_AUTH'): RefusedError =>
    new RefusedError(code, `no: ${serviceCode}`, { serviceCode });

  function listen() {
    const told: (Error | undefined)[] = [];
    const reaching = tellingReach((failure) => told.push(failure));
    return { told, reaching, fail: (error: Error) => assert.rejects(reaching(Promise.reject(error)), error) };
  }

  it('is told of each call: an answer is one whatever it says, and what was stopped tells nothing', async () => {
    const { told, reaching, fail } = listen();
    assert.equal(await reaching(Promise.resolve('yes')), 'yes');
    const tooLong = new UnreachableError('BITRIX_UNREACHABLE', 'long', {
      ...{ sent: true, params: { reason: 'TOO_LARGE' } },
    });
    for (const error of [away, refused('NOT_FOUND', 'BITRIX_REFUSED'), tooLong]) await fail(error);
    await fail(new InvalidError('INPUT_INVALID', 'no method'));
    assert.deepEqual(told, [undefined, away, undefined, undefined]);
  });

  it('is also that its key is taken: a refused one is refused until a call is taken', async () => {
    const { told, reaching, fail } = listen();
    const refusal = refused('INVALID_CREDENTIALS');
    for (const error of [refusal, refused('', 'BITRIX_RATE_LIMIT'), away, refused('', 'BITRIX_REFUSED')]) {
      await fail(error);
    }
    await reaching(Promise.resolve());
    assert.deepEqual(told, [refusal, refusal, away, refusal, undefined]);
  });

  it('is not told of a right that a good key lacks', async () => {
    const { told, fail } = listen();
    await fail(refused('ACCESS_DENIED'));
    await fail(refused('insufficient_scope'));
    assert.deepEqual(told, [undefined, undefined]);
  });

  function scene() {
    const recovered: string[] = [];
    const status = createStatusBoard({ status: () => undefined });
    const codes = ['BITRIX_UNREACHABLE', 'BITRIX_AUTH'];
    const note = createReachBoard({
      status,
      recovered: (isOver = () => true) => void recovered.push(...codes.filter(isOver)),
    });
    return { status, note, recovered };
  }

  it('is in the status of its node until it answers', () => {
    const { status, note, recovered } = scene();
    note('a', undefined);
    assert.equal(status.now().word, 'idle');
    note('a', away);
    assert.deepEqual(status.now(), { word: 'failed', error: away });
    note('b', undefined);
    assert.equal(status.now().error, away);
    note('a', undefined);
    assert.deepEqual([status.now().word, recovered], ['ready', ['BITRIX_UNREACHABLE']]);
    status.close();
  });

  it('is shown as not usable while it takes no key, in the place of having been away', () => {
    const { status, note, recovered } = scene();
    const refusal = refused('INVALID_CREDENTIALS');
    note('a', away);
    note('a', refusal);
    assert.deepEqual(status.now(), { word: 'unusable', error: refusal });
    note('a', refused('expired_token'));
    assert.deepEqual(recovered, ['BITRIX_UNREACHABLE']);
    note('a', undefined);
    assert.deepEqual([status.now().word, recovered], ['ready', ['BITRIX_UNREACHABLE', 'BITRIX_AUTH']]);
    status.close();
  });

  it('is red as long as one of several does not, and leaves what else is wrong to be seen', () => {
    const { status, note } = scene();
    const again = new UnreachableError('BITRIX_UNREACHABLE', 'b is away', { sent: false });
    note('a', away);
    note('b', again);
    note('b', undefined);
    assert.equal(status.now().error, away);
    const other = new InvalidError('CONFIG_INVALID', 'something else');
    status.fail(other);
    note('a', undefined);
    assert.equal(status.now().error, other);
    status.close();
  });
});
