import assert from 'node:assert/strict';
import { createCallNames } from '../../../lib/bitrix24/calls/names';
import type { BatchOutcome, PortalRest } from '../../../lib/bitrix24/rest/portal';
import { createCallSource } from '../../../nodes/voximplant-calls/call-source';
import { manualClock } from '../../support/manual-clock';
import { callsPortal, cutOff, refusedWith, rowsFrom } from './calls-portal';

const { signal } = new AbortController();
const settings = {
  ...{ operators: [], minSeconds: 0, directions: [], lines: [] },
  ...{ onlySuccessful: false, withRecord: false },
};

describe('the names of the calls that a cursor reads', () => {
  let asked: number;
  let failures: number;

  beforeEach(() => {
    asked = 0;
    failures = 0;
  });

  function namesOf(error: Error): Pick<PortalRest, 'batch'> {
    return {
      async batch(commands) {
        asked += 1;
        const isDown = failures > 0;
        failures -= 1;
        const result = [{ ID: '7', NAME: 'Anna' }];
        const answer = { result, total: undefined, next: undefined, time: {} };
        return new Map(
          commands.map(({ key }): [string, BatchOutcome] => [key, isDown ? { error } : { answer }]),
        );
      },
    };
  }

  async function namesOfPage(error: Error): Promise<(string | undefined)[]> {
    const portal = callsPortal(rowsFrom(1, 3, { PORTAL_USER_ID: '7' }));
    const clock = manualClock(1_000_000);
    const names = createCallNames({ rest: namesOf(error), ttlMs: 3_600_000, clock });
    const source = createCallSource({ rest: portal, settings, clock, names, onNotice: () => undefined });
    const found: (string | undefined)[] = [];
    for await (const page of source.pagesAfter(0, signal)) {
      for (const { item } of page) found.push((await item.named(signal)).operator.name);
    }
    return found;
  }

  it('are asked for once for the whole page', async () => {
    assert.deepEqual(await namesOfPage(cutOff()), ['Anna', 'Anna', 'Anna']);
    assert.equal(asked, 1);
  });

  it('are asked for once more for a call whose page had no luck', async () => {
    failures = 1;
    assert.deepEqual(await namesOfPage(cutOff()), ['Anna', 'Anna', 'Anna']);
    assert.equal(asked, 2);
  });

  it('are gone without when that has no luck either', async () => {
    failures = 2;
    assert.deepEqual(await namesOfPage(refusedWith('INTERNAL_SERVER_ERROR')), [undefined, 'Anna', 'Anna']);
    assert.equal(asked, 3);
  });
});
