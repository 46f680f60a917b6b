import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RefusedError, UnreachableError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import { explain, type Translate } from '../../../nodes/runtime/explain';
import type { StatusBoard } from '../../../nodes/runtime/status';
import type { SyncStatus } from '../../../lib/sync/types';
import { readOrder } from '../../../nodes/runtime/sync/actions';
import { createSyncBoard, syncText, totalsOf } from '../../../nodes/runtime/sync/board';
import { endOf, usualFailures } from '../../../nodes/runtime/sync/row-flow';
import { root } from '../../../scripts/pack.cjs';

const order = (payload: unknown): unknown => readOrder({ _msgid: '1', payload });

describe('what a message asks of a node that works a history off', () => {
  it('is a start, unless it names something else', () => {
    for (const payload of [true, undefined, 1741600000000, 'good morning', {}, { text: 'x' }]) {
      assert.deepEqual(order(payload), { action: 'start' });
    }
    for (const action of ['stop', 'reset', 'status', 'retry', 'late', 'dry-run', 'drop', 'failed']) {
      assert.deepEqual(order({ action }), { action });
      assert.deepEqual(order(action), { action });
    }
    assert.deepEqual(order({ action: 'retry', ids: [3, '4'] }), { action: 'retry', ids: [3, 4] });
    assert.deepEqual(order({ action: 'dry-run', limit: 5 }), { action: 'dry-run', limit: 5 });
  });

  it('is refused when it cannot be read: it must not become a start, or a retry of all', () => {
    for (const payload of [
      { action: 'halt' },
      { action: true },
      { action: 'retry', ids: [] },
      { action: 'retry', ids: ['a', 4] },
      { action: 'drop', ids: 'all' },
    ]) {
      assert.throws(() => order(payload), { code: 'INPUT_INVALID' });
    }
  });
});

describe('the status of a node that works a history off', () => {
  const plain = {
    ...{ state: 'running', position: 0, handled: 0, sent: 0, skipped: 0, givenUp: 0, gone: 0 },
    ...{ inFlight: 0, late: 0, failed: 0, isHeld: false },
  } satisfies SyncStatus;
  const catalogue = (language: string) => {
    const texts: unknown = JSON.parse(
      readFileSync(join(root, 'nodes/runtime/locales', `${language}.json`), 'utf8'),
    );
    return (key: string, params: Readonly<Record<string, string | number>> = {}): string =>
      (textAt(texts, ...key.split('.')) ?? key).replace(/__(\w+)__/g, (_, name: string) =>
        String(params[name]),
      );
  };
  const text = (status: Partial<SyncStatus>, language = 'en-US'): string | undefined =>
    syncText(catalogue(language), { ...plain, ...status });

  it('tells how far it is', () => {
    const status = { handled: 1240, total: 3000, inFlight: 4, late: 2 };
    assert.equal(text(status), '1\u202F240 of 3\u202F000, 4 in flight, 2 late');
    assert.equal(text(status, 'ru'), '1\u202F240 из 3\u202F000, в работе 4, ждут 2');
    assert.equal(text({ handled: 7 }), '7');
    assert.equal(text({ handled: 7, total: 5, failed: 1 }), '7, 1 failed in all');
    assert.equal(text({ handled: 9, total: 9, skipped: 4 }), '9 of 9, 4 skipped');
    assert.equal(text({ handled: 9, skipped: 4 }, 'ru'), '9, пропущено 4');
  });

  it('has only the usual word when there is nothing to tell', () => {
    assert.equal(text({ state: 'idle' }), undefined);
    assert.equal(text({ state: 'idle', late: 3 }), '3 late');
  });

  it('is the sum of all portals; while one is not counted nobody knows the total', () => {
    const one = { ...plain, handled: 2, total: 10 };
    assert.deepEqual(
      [totalsOf([one, { ...one, state: 'idle' }]).total, totalsOf([one, plain]).total, totalsOf([one]).state],
      [20, undefined, 'running'],
    );
    assert.equal(totalsOf([]).isHeld, false);
  });
});

describe('the status of a node whose orders and rows fail', () => {
  const away = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: false });
  const plain = {
    ...{ state: 'idle', position: 0, handled: 0, sent: 0, skipped: 0, givenUp: 0, gone: 0 },
    ...{ inFlight: 0, late: 0, failed: 0, isHeld: false },
  } satisfies SyncStatus;

  function scene() {
    const shown: string[] = [];
    const now: { status: SyncStatus } = { status: plain };
    const status: Pick<StatusBoard, 'show' | 'fail'> = {
      show: (word, said = '') => void shown.push(`${word} ${said}`.trim()),
      fail: (error) => void shown.push(`red: ${error.message}`),
    };
    const translate: Translate = (key, params = {}) => {
      const name = key.split('.').at(-1) ?? '';
      if (key.includes('.brief.')) return name === 'NOBODY_KNOWS' ? key : name.toLowerCase();
      return [name, ...Object.values(params)].join(' ');
    };
    const rest = { now: () => ({ word: 'idle' as const, error: undefined }), close: () => undefined };
    const board = createSyncBoard({ status: { ...status, ...rest }, translate }, () => [now.status]);
    const look = (): string | undefined => {
      board.show();
      return shown.at(-1);
    };
    return { board, now, look };
  }

  it('stays red after an order that failed, until one is carried out or a run ends well', () => {
    const { board, now, look } = scene();
    const order = (failure?: Error): string | undefined => {
      board.orderBegan();
      assert.equal(look(), 'working');
      board.orderEnded(failure);
      return look();
    };
    assert.equal(order(away), 'red: no answer');
    assert.equal(order(), 'ready');
    assert.equal(order(away), 'red: no answer');
    now.status = { ...plain, state: 'running', handled: 3 };
    assert.equal(look(), 'working handled 3');
    board.runEndedWell();
    now.status = { ...plain, handled: 5 };
    assert.equal(look(), 'ready handled 5');
  });

  it('says that a person has stopped it, and then how far it is', () => {
    const { now, look } = scene();
    now.status = { ...plain, isHeld: true };
    assert.equal(look(), 'stopped held');
    now.status = { ...plain, isHeld: true, handled: 5, failed: 2 };
    assert.equal(look(), 'stopped held: handled 5, failed 2');
    now.status = { ...plain, isHeld: true, handled: 5, state: 'stopping', inFlight: 1 };
    assert.equal(look(), 'waiting handled 5, inFlight 1');
  });

  it('names why rows failed, the most frequent reason first, until there are none', () => {
    const { board, now, look } = scene();
    for (const code of ['AUDIO_CUT', 'AUDIO_MONO', 'AUDIO_MONO', 'NOBODY_KNOWS', undefined])
      board.rowFailed(code);
    now.status = { ...plain, handled: 9, failed: 5 };
    assert.equal(look(), 'failed handled 9, failedBecause 5 audio_mono, audio_cut');
    board.rowFailed('AUDIO_LONG');
    assert.equal(look(), 'failed handled 9, failedBecause 5 audio_mono, audio_cut, …');
    now.status = { ...plain, handled: 9 };
    assert.equal(look(), 'ready handled 9');
    now.status = { ...plain, handled: 9, failed: 1 };
    assert.equal(look(), 'failed handled 9, failed 1');
  });
});

describe('what an error means for a row', () => {
  it('is that it comes later, that it is no use, that none would go well, or that another try may', () => {
    for (const code of ['BITRIX_RECORDING_NOT_READY', 'SPEECHSENSE_UNCERTAIN']) {
      assert.equal(usualFailures(code), 'late');
    }
    for (const code of ['AUDIO_MONO', 'INPUT_INVALID', 'BITRIX_REFUSED']) {
      assert.equal(usualFailures(code), 'final');
    }
    for (const code of ['SPEECHSENSE_AUTH', 'SPEECHSENSE_DENIED', 'BITRIX_AUTH', 'CONFIG_EMPTY']) {
      assert.equal(usualFailures(code), 'halt');
    }
    for (const code of ['AUDIO_CUT', 'AUDIO_NOT_RECORDING', 'SPEECHSENSE_UNREACHABLE', 'BITRIX_RATE_LIMIT']) {
      assert.equal(usualFailures(code), undefined);
    }
  });

  it('is nothing final when the service itself has broken down', () => {
    assert.equal(usualFailures('BITRIX_REFUSED', 500), undefined);
    assert.equal(usualFailures('BITRIX_REFUSED', 400), 'final');
    const error = { code: 'BITRIX_REFUSED', status: 500, message: 'no', nodeId: 'n', nodeType: 't' };
    const caught = explain(new RefusedError('BITRIX_REFUSED', 'no', { status: 502 }), (key) => key, 't');
    for (const end of [
      endOf({ how: 'failed', by: 'report', error }, undefined, usualFailures),
      endOf({ how: 'finished', by: 'report' }, caught, usualFailures),
    ]) {
      assert.ok(end.how === 'failed' && end.isFinal === false, JSON.stringify(end));
    }
  });
});

describe('the end of a flow', () => {
  it('is a failure when nobody has seen it: an error may still come', () => {
    const end = endOf({ how: 'unknown', by: 'limit' }, undefined, usualFailures);
    assert.ok(end.how === 'failed' && !end.isFinal);
    assert.match(end.reason, /did not end in time/);
    assert.deepEqual(endOf({ how: 'finished', by: 'report' }, undefined, usualFailures), { how: 'finished' });
  });
});
