import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { RefusedError } from '../../../lib/core/errors';
import { readActivity } from '../../../lib/bitrix24/chats/activity';
import { createChatFilter } from '../../../lib/bitrix24/chats/chat-filter';
import { createChatHistory, type FoundChat } from '../../../lib/bitrix24/chats/history';
import { createGroupReader } from '../../../lib/bitrix24/chats/session-groups';
import { createSessionReader } from '../../../lib/bitrix24/chats/session-reader';
import type { CallParams, PortalRest, RestAnswer } from '../../../lib/bitrix24/rest/portal';
import type { SyncSource } from '../../../lib/sync/source';

const settings = { from: '2026-03-10', to: '2026-03-11', lines: ['3'] };
const offsetOn = (): number => 180;
const { signal } = new AbortController();

function found(row: object): FoundChat {
  const activity = readActivity({ ID: 1, ASSOCIATED_ENTITY_ID: 5, COMPLETED: 'Y', ...row });
  const filter = createChatFilter(settings, offsetOn);
  return { activity: activity ?? assert.fail('no activity'), filter, group: undefined };
}

/** A portal that answers by method, and remembers what it was asked. */
function portal(answers: Readonly<Record<string, (params: CallParams) => unknown>>) {
  const asked: { method: string; params: CallParams }[] = [];
  const ask: PortalRest['ask'] = async (method, params): Promise<RestAnswer> => {
    asked.push({ method, params });
    const result = answers[method]?.(params);
    return { result, total: undefined, next: undefined, time: {} };
  };
  const list: PortalRest['list'] = async function* (method, params) {
    asked.push({ method, params });
    const rows = answers[method]?.(params);
    yield { rows: Array.isArray(rows) ? rows : [], total: undefined, time: {} };
  };
  const call: PortalRest['call'] = async (method, params, options) =>
    (await ask(method, params, options)).result;
  return { rest: { ask, list, call }, asked };
}

function historyOn({ rest }: ReturnType<typeof portal>) {
  return createChatHistory({ rest, filter: settings, now: () => 0 });
}

describe('the filter of chats', () => {
  const judge = (row: object): unknown => {
    const { activity, filter } = found(row);
    return filter.judge(activity);
  };

  it("is sent with the portal's own midnights, and never by what is not finished yet", () => {
    assert.deepEqual(createChatFilter(settings, offsetOn).sent, {
      PROVIDER_ID: 'IMOPENLINES_SESSION',
      '>=CREATED': '2026-03-10T00:00:00+03:00',
      '<CREATED': '2026-03-12T00:00:00+03:00',
    });
  });

  it('looks once more at what came: the dates, the line, the kind of the activity', () => {
    assert.equal(judge({ CREATED: '2026-03-10T00:00:00+03:00' }), 'wanted');
    assert.equal(judge({ CREATED: '2026-03-09T23:59:59+03:00' }), 'unwanted');
    assert.equal(judge({ CREATED: '2026-03-11T23:59:59+03:00' }), 'wanted');
    assert.equal(judge({ CREATED: '2026-03-12T00:00:00+03:00' }), 'unwanted');
    assert.equal(judge({ PROVIDER_PARAMS: { USER_CODE: 'imol|telegrambot|5|1|2' } }), 'unwanted');
    assert.equal(judge({ PROVIDER_ID: 'VOXIMPLANT_CALL' }), 'unwanted');
  });

  it('takes a session that goes on for late, and one of an unknown line for wanted', () => {
    assert.equal(judge({ COMPLETED: 'N' }), 'late');
    assert.equal(judge({ PROVIDER_PARAMS: [] }), 'wanted');
  });

  it('refuses what would widen it', () => {
    const code = { code: 'CONFIG_INVALID' };
    assert.throws(() => createChatFilter({ lines: ['three'] }, offsetOn), code);
    assert.throws(() => createChatFilter({ lines: [], from: 'March' }, offsetOn), code);
    assert.throws(
      () => createChatFilter({ lines: [], from: '2026-03-02', to: '2026-03-01' }, offsetOn),
      code,
    );
  });
});

describe('the history of chats', () => {
  it('is a source for a cursor', () => {
    const source: SyncSource<FoundChat> = historyOn(portal({}));
    assert.equal(source.label(found({})).title, 'session 5');
  });

  it('asks behind an id, by the clocks of the portal', async () => {
    const place = portal({
      'server.time': () => '2026-03-20T10:00:00+05:00',
      'crm.activity.list': () => [{ ID: '11', ASSOCIATED_ENTITY_ID: '5', COMPLETED: 'Y' }],
    });
    const pages = [];
    for await (const page of historyOn(place).pagesAfter(10, signal)) pages.push(page.map(({ id }) => id));
    assert.deepEqual(pages, [[11]]);
    // Behind what the clocks showed on the first day and on the last.
    assert.deepEqual(Reflect.get(place.asked[3]?.params ?? {}, 'filter'), {
      PROVIDER_ID: 'IMOPENLINES_SESSION',
      '>=CREATED': '2026-03-10T00:00:00+05:00',
      '<CREATED': '2026-03-12T00:00:00+05:00',
      '>ID': '10',
    });
  });

  it('reads a day by the clocks that the portal had on it', async () => {
    const place = portal({
      // Summer time has begun since.
      'server.time': () => '2026-07-20T10:00:00+02:00',
      'crm.activity.list': () => [{ ID: '11', CREATED: '2026-03-09T23:10:00+01:00', COMPLETED: 'Y' }],
    });
    const pages = [];
    for await (const page of historyOn(place).pagesAfter(10, signal)) pages.push(page.length);
    const [, first, , read] = place.asked.map(({ params }) => params);
    assert.deepEqual(first, {
      filter: { PROVIDER_ID: 'IMOPENLINES_SESSION', '>=CREATED': '2026-03-09T20:00:00+00:00' },
      ...{ select: ['ID', 'CREATED'], order: { CREATED: 'ASC' }, start: -1 },
    });
    assert.equal(at(read, 'filter', '>=CREATED'), '2026-03-10T00:00:00+01:00');
  });

  it('gives on rows that were not asked for by id, so that whoever asked sees that the ids were passed over', async () => {
    const place = portal({ 'server.time': () => '', 'crm.activity.list': () => [{ ID: '1' }, { ID: '2' }] });
    const rows = await historyOn(place).byIds([70], signal);
    assert.deepEqual(
      rows.map(({ id }) => id),
      [1, 2],
    );
  });

  it('says of an activity without a session that it cannot be judged', () => {
    assert.throws(() => historyOn(portal({})).judge(found({ ASSOCIATED_ENTITY_ID: null })), {
      code: 'INPUT_INVALID',
    });
  });

  it('dates only what has ended: one that goes on for weeks is waited for like any other', () => {
    const { label } = historyOn(portal({}));
    assert.equal(label(found({ CREATED: '2026-03-10T12:00:00+03:00' })).at, Date.UTC(2026, 2, 10, 9));
    assert.equal('at' in label(found({ CREATED: '2026-03-10T12:00:00+03:00', COMPLETED: 'N' })), false);
  });
});

describe('reading a session', () => {
  const session = {
    sessionId: 512,
    startedAt: '2026-03-10T09:00:00.000Z',
    endedAt: '2026-03-10T09:10:00.000Z',
  };
  const denied = (): never => {
    throw new RefusedError('BITRIX_AUTH', 'no', { serviceCode: 'ACCESS_DENIED' });
  };
  const historyMethod = 'imopenlines.session.history.get';

  it('refuses the history of another session', async () => {
    const { rest } = portal({ [historyMethod]: () => ({ sessionId: 513, message: [] }) });
    await assert.rejects(createSessionReader({ rest })(session, signal), { code: 'BITRIX_REFUSED' });
  });

  it('goes back through the chat when it may not see the history, as far as the session reaches', async () => {
    const minute = (value: number): string => new Date(Date.UTC(2026, 2, 10, 9, value)).toISOString();
    const said = Array.from({ length: 120 }, (_, place) => ({
      id: place + 1,
      author_id: 57,
      date: minute(place - 100),
      text: `said ${place - 100}`,
    }));
    const place = portal({
      [historyMethod]: denied,
      'imopenlines.dialog.get': () => ({ id: 1763, entity_id: 'telegrambot|3|1|57' }),
      'im.dialog.messages.get': ({ LAST_ID }) => {
        const older = said.filter(({ id }) => LAST_ID === undefined || id < Number(LAST_ID));
        const users = [{ id: 57, name: 'Zoe', connector: true }];
        return { messages: older.slice(-50).reverse(), users };
      },
    });
    const spoken = await createSessionReader(place)(session, signal);
    assert.deepEqual(
      spoken.messages.map(({ text }) => text).sort(),
      Array.from({ length: 13 }, (_, index) => `said ${index - 1}`).sort(),
    );
    assert.equal(spoken.people.get('57')?.role, 'client');
    assert.equal(spoken.openline?.lineId, 3);
    assert.equal(place.asked.filter(({ method }) => method === 'im.dialog.messages.get').length, 1);
  });

  it('says why it may not see the history when it is no member of the chat either', async () => {
    const { rest } = portal({ [historyMethod]: denied, 'imopenlines.dialog.get': denied });
    await assert.rejects(createSessionReader({ rest })(session, signal), { code: 'BITRIX_AUTH' });
  });

  it('has no other way for what passes', async () => {
    const busy = (): never => {
      throw new RefusedError('BITRIX_RATE_LIMIT', 'slower');
    };
    const { rest, asked } = portal({ [historyMethod]: busy });
    await assert.rejects(createSessionReader({ rest })(session, signal), { code: 'BITRIX_RATE_LIMIT' });
    assert.equal(asked.length, 1);
  });

  it('takes a request for a group of sessions, and one of its own for each that this did not give', async () => {
    const { rest, asked } = portal({
      [historyMethod]: ({ SESSION_ID }) => ({ sessionId: SESSION_ID, message: [] }),
    });
    const batches: number[] = [];
    const batch: PortalRest['batch'] = async (commands) => {
      batches.push(commands.length);
      return new Map(
        commands.map(({ key, params: { SESSION_ID: id } }) => {
          const sessionId = id === 513 ? 999 : id;
          const answer = { result: { sessionId, message: [] }, total: undefined, next: undefined, time: {} };
          return [key, id === 514 ? { error: new Error('not now') } : { answer }];
        }),
      );
    };
    const read = createGroupReader({ batch }, createSessionReader({ rest }));
    const group = { sessionIds: [512, 513, 514] };
    for (const sessionId of group.sessionIds) await read({ ...session, sessionId }, group, signal);
    assert.deepEqual(batches, [3]);
    const alone = (): unknown[] => asked.map(({ params }) => params['SESSION_ID']);
    assert.deepEqual(alone(), [513, 514]);
    await read(session, group, signal);
    assert.deepEqual(alone(), [513, 514, 512], 'another try looks again');
  });
});
