import assert from 'node:assert/strict';
import { RefusedError } from '../../../lib/core/errors';
import { idAt } from '../../../lib/core/fields';
import type { FoundChat } from '../../../lib/bitrix24/chats/history';
import { createNotedHistory } from '../../../lib/bitrix24/chats/noted-history';
import { readHistoryAnswer } from '../../../lib/bitrix24/chats/session-answers';
import type { SessionNote } from '../../../lib/bitrix24/chats/session-notes';
import { createSessionReader } from '../../../lib/bitrix24/chats/session-reader';
import { isOver } from '../../../lib/bitrix24/chats/spoken-session';
import type { CallParams, PortalRest, RestAnswer } from '../../../lib/bitrix24/rest/portal';
import type { SyncRow, SyncSource } from '../../../lib/sync/source';

const { signal } = new AbortController();
const noon = Date.UTC(2026, 2, 10, 9);

function restWith(answer: (method: string, params: CallParams) => unknown) {
  const asked: CallParams[] = [];
  const ask: PortalRest['ask'] = async (method, params): Promise<RestAnswer> => {
    asked.push(params);
    return { result: answer(method, params), total: undefined, next: undefined, time: {} };
  };
  const call: PortalRest['call'] = async (method, params, options) =>
    (await ask(method, params, options)).result;
  return { rest: { ask, call }, asked };
}

function historyOf(
  notes: readonly SessionNote[],
  { rest }: ReturnType<typeof restWith>,
  lines: readonly string[] = [],
): SyncSource<FoundChat> {
  return createNotedHistory({
    rest,
    notes: {
      after: async (number) => notes.filter((note) => note.number > number),
      byNumbers: async (numbers) => notes.filter((note) => numbers.includes(note.number)),
    },
    filter: { from: '2026-03-10T00:00:00Z', lines },
    now: () => noon,
  });
}

const note = (sessionId: number, more: Partial<SessionNote> = {}): SessionNote => ({
  ...{ sessionId, number: noon + sessionId, at: noon },
  ...more,
});

async function allOf(source: SyncSource<FoundChat>, after = 0): Promise<SyncRow<FoundChat>[]> {
  const rows = [];
  for await (const page of source.pagesAfter(after, signal)) rows.push(...page);
  return rows;
}

const verdicts = (source: SyncSource<FoundChat>, rows: readonly SyncRow<FoundChat>[]): unknown[] =>
  rows.map(({ item }) => [item.activity.sessionId, source.judge(item)]);

describe('the history of noted sessions', () => {
  it('leaves the sessions of which the CRM has an activity to whoever reads the activities', async () => {
    const place = restWith(() => [
      { ID: '5', PROVIDER_ID: 'IMOPENLINES_SESSION', ASSOCIATED_ENTITY_ID: '12' },
      { ID: '6', PROVIDER_ID: 'VOXIMPLANT_CALL', ASSOCIATED_ENTITY_ID: '13' },
    ]);
    const source = historyOf([note(11), note(12), note(13)], place);
    const rows = await allOf(source);
    assert.deepEqual(verdicts(source, rows), [
      [11, 'wanted'],
      [12, 'unwanted'],
      [13, 'wanted'],
    ]);
    assert.deepEqual(Reflect.get(place.asked[0] ?? {}, 'filter'), {
      PROVIDER_ID: 'IMOPENLINES_SESSION',
      ASSOCIATED_ENTITY_ID: [11, 12, 13],
    });
    assert.deepEqual(rows[0]?.item.group, { sessionIds: [11, 13] });
    assert.equal(await source.count(noon + 11, signal), 2);
    const [again] = await source.byIds([noon + 12], signal);
    assert.ok(again);
    assert.deepEqual(verdicts(source, [again]), [[12, 'unwanted']]);
  });

  it('keeps to the dates and the lines of the settings', async () => {
    const place = restWith(() => []);
    const day = 24 * 60 * 60_000;
    const notes = [note(11, { at: noon - day }), note(12, { line: 5 }), note(13, { line: 3 }), note(14)];
    const source = historyOf(notes, place, ['3']);
    assert.deepEqual(verdicts(source, await allOf(source)), [
      [11, 'unwanted'],
      [12, 'unwanted'],
      [13, 'wanted'],
      [14, 'wanted'],
    ]);
  });

  it('asks for fifty at a time, and for nothing where nothing is noted', async () => {
    const place = restWith(() => []);
    const many = historyOf(
      Array.from({ length: 120 }, (_, index) => note(index + 1)),
      place,
    );
    assert.equal((await allOf(many)).length, 120);
    assert.equal(place.asked.length, 3);
    assert.deepEqual(await allOf(many, noon + 120), []);
    assert.equal(place.asked.length, 3);
  });

  it('takes all for chats without CRM where the key may not look there, and fails with any other error', async () => {
    const failing = (code: 'BITRIX_AUTH' | 'BITRIX_RATE_LIMIT', serviceCode: string) =>
      restWith(() => {
        throw new RefusedError(code, 'no', { serviceCode });
      });
    const source = historyOf([note(11)], failing('BITRIX_AUTH', 'insufficient_scope'));
    assert.deepEqual(verdicts(source, await allOf(source)), [[11, 'wanted']]);
    for (const place of [
      failing('BITRIX_AUTH', 'expired_token'),
      failing('BITRIX_RATE_LIMIT', 'QUERY_LIMIT_EXCEEDED'),
    ]) {
      await assert.rejects(allOf(historyOf([note(11)], place)), RefusedError);
    }
  });
});

describe('the end of a noted session', () => {
  const spoken = (entityData1: string | undefined) =>
    readHistoryAnswer({ chatId: 1763, chat: { '1763': { entityId: 'telegrambot|3|1|57', entityData1 } } });

  it('is when the chat has no session or another one, and unknown while the portal does not say', () => {
    assert.equal(isOver(512, spoken('Y|NONE|0|N|N|512|1765971491|0|0|0')), false);
    assert.equal(isOver(512, spoken('Y|NONE|0|N|N|0|0|0|0|0')), true);
    assert.equal(isOver(512, spoken('Y|NONE|0|N|N|513|1765971491|0|0|0')), true);
    assert.equal(isOver(512, spoken(undefined)), false);
    assert.equal(isOver(512, spoken('')), false);
  });

  it('is the last word of the chat where the history is closed, unless another session has followed', async () => {
    const read = async (current: number) => {
      const { rest } = restWith((method) => {
        if (method === 'imopenlines.session.history.get') {
          throw new RefusedError('BITRIX_AUTH', 'no', { serviceCode: 'ACCESS_DENIED' });
        }
        if (method === 'imopenlines.dialog.get') {
          const entity_data_1 = `N|NONE|0|N|N|${current}|0|0|0|0`;
          return { id: 1763, entity_id: 'telegrambot|3|1|57', entity_data_1 };
        }
        const message = { id: 1, author_id: 57, date: new Date(noon + 10_000).toISOString(), text: 'Hello' };
        return { messages: [message], users: [{ id: 57, name: 'Zoe', connector: true }] };
      });
      const startedAt = new Date(noon).toISOString();
      return createSessionReader({ rest })({ sessionId: 512, startedAt, endedAt: '' }, signal);
    };
    const over = await read(0);
    assert.deepEqual([over.messages.length, isOver(512, over)], [1, true]);
    assert.equal(isOver(512, await read(512)), false);
    await assert.rejects(read(513), { code: 'BITRIX_AUTH' });
    assert.equal(idAt(over, 'currentSessionId'), 0);
  });
});
