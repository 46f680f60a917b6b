import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnreachableError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import type { SyncSummary } from '../../../lib/sync/types';
import type { Translate } from '../../../nodes/runtime/explain';
import { dryRunReport, summaryReport, withWords, type SyncReport } from '../../../nodes/runtime/sync/reports';
import { root } from '../../../scripts/pack.cjs';

const name = { kind: 'calls', place: 'portal.example', cursor: 'default' };
const none = new Map<string, number>();
const summary: SyncSummary = {
  ...{ how: 'done', by: 'person', position: 9, startedAt: 1, endedAt: 2 },
  ...{ handled: 1300, sent: 1240, skipped: 3, late: 0, failed: 1, givenUp: 0, gone: 0 },
  ...{ lateNow: 2, failedNow: 29 },
};

function wordsIn(language: string, report: SyncReport): unknown {
  const texts: unknown = JSON.parse(
    readFileSync(join(root, 'nodes/runtime/locales', `${language}.json`), 'utf8'),
  );
  const translate: Translate = (key, params = {}) =>
    (textAt(texts, ...key.split('.')) ?? key).replace(/__(\w+)__/g, (_, param: string) =>
      String(params[param]),
    );
  return withWords(translate, report)['text'];
}

describe('the words of a report', () => {
  it('tell what was sent, and what waits or stands in the list of those that failed', () => {
    const report = summaryReport(name, summary, none);
    assert.equal(wordsIn('en-US', report), '1\u202F240 sent, 29 failed in all, 2 late, 3 skipped');
    assert.equal(wordsIn('ru', report), 'отправлено 1\u202F240, всего не удалось 29, ждут 2, пропущено 3');
  });

  it('leave out what is not there, but not that nothing was sent', () => {
    const nothing = { ...summary, sent: 0, skipped: 0, failed: 0, lateNow: 0, failedNow: 0 };
    assert.equal(wordsIn('en-US', summaryReport(name, nothing, none)), '0 sent');
  });

  it('say first why a run came to nothing', () => {
    const error = new UnreachableError('BITRIX_UNREACHABLE', 'no answer', { sent: false });
    const failed = {
      ...summary,
      how: 'failed',
      sent: 0,
      skipped: 0,
      lateNow: 0,
      failedNow: 0,
      error,
    } as const;
    assert.equal(wordsIn('ru', summaryReport(name, failed, none)), 'портал не отвечает, отправлено 0');
  });

  it('tell of a count what a start would send', () => {
    const counted = dryRunReport(name, { rows: [], looked: 300, wanted: 146, late: 2, unwanted: 152 });
    assert.equal(wordsIn('en-US', counted), '146 to send, 2 late');
    assert.equal(wordsIn('ru', counted), 'к отправке 146, ждут 2');
  });

  it('tell that a person has stopped it', () => {
    const held: SyncReport = { report: 'status', isHeld: true, sent: 5, failed: 2, late: 0, skipped: 0 };
    assert.equal(wordsIn('ru', held), 'остановлена, отправлено 5, всего не удалось 2');
    assert.equal(wordsIn('en-US', held), 'stopped, 5 sent, 2 failed in all');
  });
});
