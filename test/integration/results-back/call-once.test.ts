import assert from 'node:assert/strict';
import { CancelledError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { callOnce, type CalledOnce, type CallOnce } from '../../../lib/bitrix24/rest/call-once';
import { refusalOf } from '../../../lib/bitrix24/rest/refusal';
import type { SendOptions } from '../../../lib/bitrix24/rest/portal';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';

const refused = (status: number, code: 'BITRIX_REFUSED' | 'BITRIX_RATE_LIMIT' = 'BITRIX_REFUSED'): Error =>
  new RefusedError(code, 'no', { status, serviceCode: 'ERROR_CORE' });
/** As a command of a batch is refused: without a status. */
const inBatch = (error: string): Error =>
  refusalOf('crm.thing.add', { answer: { error }, hidden: { secrets: [], sent: {} } });
const broken = (status: number): Error =>
  new RefusedError('BITRIX_REFUSED', 'no', { status, serviceCode: 'INTERNAL_SERVER_ERROR' });
const unreachable = (sent: boolean): Error => new UnreachableError('BITRIX_UNREACHABLE', 'gone', { sent });

describe('a call that is made once', () => {
  let store: Store;
  let sends: number;
  let answer: (options: SendOptions) => Promise<unknown>;

  beforeEach(() => {
    store = createMemoryStore();
    sends = 0;
    answer = () => Promise.resolve(900);
  });
  afterEach(() => store.close());

  function make(changes: Partial<CallOnce> = {}): Promise<CalledOnce> {
    return callOnce({
      rest: {
        send(_lane, _method, _params, options = {}) {
          sends += 1;
          return answer(options);
        },
      },
      ...{ store: () => Promise.resolve(store), place: 'example.bitrix24.com', method: 'crm.thing.add' },
      ...{ params: {}, key: 'talk-1', signal: new AbortController().signal, ...changes },
    });
  }
  const failing = (code: string): [() => Promise<unknown>, object] => [() => make(), { code }];

  it('gives the first result to whoever asks again, and to those who ask meanwhile', async () => {
    const together = await Promise.all([make(), make(), make()]);
    assert.deepEqual(
      together.map(({ result, isRepeat }) => [result, isRepeat]),
      [
        [900, false],
        [900, true],
        [900, true],
      ],
    );
    assert.deepEqual(await make({ method: 'CRM.thing.add' }), { result: 900, isRepeat: true });
    assert.equal(sends, 1);
  });

  it('tells keys, methods and portals apart', async () => {
    await make();
    await make({ key: 'talk-2' });
    await make({ method: 'crm.other.add' });
    await make({ place: 'other.bitrix24.com' });
    assert.equal(sends, 4);
  });

  it('is noted on disk before it leaves', async () => {
    answer = async () => {
      const states: unknown[] = [];
      for await (const { value } of store.scan('bitrix:once:'))
        states.push(Reflect.get(Object(value), 'state'));
      assert.deepEqual(states, ['begun']);
      return 900;
    };
    await make();
    assert.equal(sends, 1);
  });

  it('may be made again when the portal has certainly not done it', async () => {
    const errors = [
      refused(400),
      refused(503, 'BITRIX_RATE_LIMIT'),
      unreachable(false),
      new CancelledError(),
    ];
    for (const error of errors) {
      answer = () => Promise.reject(error);
      await assert.rejects(make(), error);
    }
    answer = () => Promise.resolve(901);
    assert.deepEqual(await make(), { result: 901, isRepeat: false });
  });

  it('may be made again when a batch says that it was not even begun', async () => {
    for (const serviceCode of ['ACCESS_DENIED', 'QUERY_LIMIT_EXCEEDED', 'ERROR_ARGUMENT']) {
      answer = () => Promise.reject(inBatch(serviceCode));
      await assert.rejects(make(), { serviceCode });
    }
    answer = () => Promise.resolve(904);
    assert.deepEqual(await make(), { result: 904, isRepeat: false });
  });

  for (const [what, error] of [
    ['it breaks in the midst of a batch', inBatch('INTERNAL_SERVER_ERROR')],
    ['a batch refuses it for a reason that nobody knows', inBatch('ERROR_CORE')],
    ['it breaks, and the status is none of an error', broken(200)],
    ['it breaks, and the status is that of a refusal', broken(400)],
    ['its answer is lost', unreachable(true)],
    ['the portal breaks in its midst', refused(500)],
    ['a proxy stops waiting', refused(504)],
  ] as const) {
    it(`is not made again when ${what}`, async () => {
      answer = () => Promise.reject(error);
      await assert.rejects(...failing('BITRIX_UNCERTAIN'));
      answer = () => Promise.resolve(902);
      await assert.rejects(...failing('BITRIX_UNCERTAIN'));
      assert.equal(sends, 1);
    });
  }

  it('is waited for when it has left and the node closes, and given up when it has not', async () => {
    const closing = new AbortController();
    let arrive: (result: unknown) => void = () => undefined;
    answer = ({ signal, onDeparture }) => {
      onDeparture?.(true);
      closing.abort();
      assert.equal(signal?.aborted, false);
      return new Promise((resolve) => (arrive = resolve));
    };
    const made = make({ signal: closing.signal });
    while (sends === 0) await new Promise((resolve) => setImmediate(resolve));
    arrive(903);
    assert.deepEqual(await made, { result: 903, isRepeat: false });

    const stopping = new AbortController();
    answer = ({ signal }) => {
      stopping.abort();
      return signal?.aborted ? Promise.reject(new CancelledError()) : Promise.resolve('made');
    };
    await assert.rejects(make({ key: 'talk-2', signal: stopping.signal }), { code: 'CANCELLED' });
    answer = () => Promise.resolve(904);
    assert.deepEqual(await make({ key: 'talk-2' }), { result: 904, isRepeat: false });
  });

  it('does not leave while it cannot be noted', async () => {
    await store.close();
    await assert.rejects(make());
    assert.equal(sends, 0);
  });

  it('is not made again when its end could not be noted', async () => {
    const set = (): Promise<void> =>
      Promise.reject(new UnreachableError('STORE_UNAVAILABLE', 'full', { sent: false }));
    const broken: Store = { ...store, set };
    assert.deepEqual(await make({ store: () => Promise.resolve(broken) }), { result: 900, isRepeat: false });
    await assert.rejects(...failing('BITRIX_UNCERTAIN'));
    assert.equal(sends, 1);
  });

  it('keeps no long result', async () => {
    answer = () => Promise.resolve('x'.repeat(20_000));
    assert.equal(String((await make()).result).length, 20_000);
    assert.deepEqual(await make(), { result: null, isRepeat: true });
  });
});
