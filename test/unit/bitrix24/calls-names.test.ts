import assert from 'node:assert/strict';
import { readCall, type Call } from '../../../lib/bitrix24/calls/call';
import { createCallNames, type CallNames, type CallNamesNotice } from '../../../lib/bitrix24/calls/names';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { CancelledError, RefusedError } from '../../../lib/core/errors';
import type { BatchCommand, BatchOutcome, PortalRest } from '../../../lib/bitrix24/rest/portal';
import { manualClock, type ManualClock } from '../../support/manual-clock';

const hour = 3_600_000;
const { signal } = new AbortController();

interface Scene {
  names: CallNames;
  clock: ManualClock;
  notices: CallNamesNotice[];
  /** The commands of each request. */
  asked: BatchCommand[][];
}

type Answer = (command: BatchCommand) => unknown;

function scene(answer: Answer, options: { mostNames?: number } = {}): Scene {
  const clock = manualClock(1_000_000);
  const notices: CallNamesNotice[] = [];
  const asked: BatchCommand[][] = [];
  const rest: Pick<PortalRest, 'batch'> = {
    async batch(commands) {
      asked.push([...commands]);
      const outcomes = commands.map((command): [string, BatchOutcome] => {
        const result = answer(command);
        if (result instanceof Error) return [command.key, { error: result }];
        return [command.key, { answer: { result, total: undefined, next: undefined, time: {} } }];
      });
      return new Map(outcomes);
    },
  };
  const onNotice = (notice: CallNamesNotice): void => void notices.push(notice);
  return {
    names: createCallNames({ rest, ttlMs: 4 * hour, clock, onNotice, ...options }),
    clock,
    notices,
    asked,
  };
}

const people: Answer = ({ method, params }) => {
  if (method === 'user.get') {
    return [
      { ID: '7', NAME: 'Anna', LAST_NAME: ' Petrova ' },
      { ID: '9', NAME: '', LAST_NAME: null },
      { ID: '12', NAME: 'Oleg' },
    ];
  }
  const items: Readonly<Record<string, unknown[]>> = {
    3: [{ id: 275, name: 'Ivan', lastName: 'Sidorov', secondName: 'Ilyich' }],
    4: [{ id: 275, title: 'Romashka LLC' }],
    1: [
      { id: 31, name: '', lastName: null, secondName: '', title: 'Lead 31', companyTitle: 'Acme' },
      { id: '32', name: 'Zoe', title: 'Lead 32' },
      { id: 33, title: '', companyTitle: 'Acme' },
    ],
  };
  return { items: items[textAt(params, 'entityTypeId') ?? ''] ?? [] };
};

function call(operator: string | null, crm?: [type: string, id: number]): Call {
  const read = readCall({
    ID: 1,
    PORTAL_USER_ID: operator,
    PHONE_NUMBER: '+7906',
    CRM_ENTITY_TYPE: crm?.[0] ?? null,
    CRM_ENTITY_ID: crm?.[1] ?? null,
  });
  assert.ok(read);
  return read;
}

const shown = (calls: readonly Call[]): unknown[] =>
  calls.map(({ operator, client }) => [operator.name, client.name]);

describe('names of operators and clients (bitrix24-telephony 6)', () => {
  it('a page of calls costs one request; every id is in it once', async () => {
    const { names, asked } = scene(people);
    const page = [
      call('7', ['CONTACT', 275]),
      call('7', ['COMPANY', 275]),
      call('12', ['LEAD', 31]),
      call('9', ['LEAD', 32]),
      call('404', ['LEAD', 33]),
      call(null, ['DEAL', 5]),
      call('0'),
    ];
    assert.deepEqual(shown(await names.named(page, signal)), [
      ['Petrova Anna', 'Sidorov Ivan Ilyich'],
      ['Petrova Anna', 'Romashka LLC'],
      ['Oleg', 'Lead 31'],
      [undefined, 'Zoe'],
      [undefined, 'Acme'],
      [undefined, undefined],
      [undefined, undefined],
    ]);
    assert.equal(asked.length, 1);
    assert.deepEqual(
      asked[0]?.map(({ method, params }) => [method, params]),
      [
        ['user.get', { FILTER: { ID: ['7', '12', '9', '404'] } }],
        [
          'crm.item.list',
          { entityTypeId: 3, filter: { '@id': ['275'] }, select: ['id', 'lastName', 'name', 'secondName'] },
        ],
        ['crm.item.list', { entityTypeId: 4, filter: { '@id': ['275'] }, select: ['id', 'title'] }],
        [
          'crm.item.list',
          {
            entityTypeId: 1,
            filter: { '@id': ['31', '32', '33'] },
            select: ['id', 'lastName', 'name', 'secondName', 'title', 'companyTitle'],
          },
        ],
      ],
    );
  });

  it('calls keep everything else, and one without a name has no name', async () => {
    const { names } = scene(people);
    const [first, second] = [call('7'), call('404')];
    const [named, unnamed] = await names.named([first, second], signal);
    assert.deepEqual(named, { ...first, operator: { id: '7', name: 'Petrova Anna' } });
    assert.deepEqual(unnamed, second);
  });

  it('names are good for hours, "nobody" for minutes', async () => {
    const { names, asked, clock } = scene(people);
    const page = [call('7'), call('404')];
    const users = (): unknown => asked.map((commands) => at(commands[0]?.params, 'FILTER', 'ID'));
    await names.named(page, signal);
    await names.named(page, signal);
    await clock.advance(hour / 2);
    await names.named(page, signal);
    await clock.advance(4 * hour);
    await names.named(page, signal);
    assert.deepEqual(users(), [['7', '404'], ['404'], ['7', '404']]);
  });

  it('more than fifty are asked for in parts of one request', async () => {
    const { names, asked } = scene(people);
    await names.named(
      Array.from({ length: 120 }, (_, place) => call(String(place + 1))),
      signal,
    );
    assert.equal(asked.length, 1);
    assert.deepEqual(
      asked[0]?.map(({ params }) => entriesAt(params, 'FILTER', 'ID').length),
      [50, 50, 20],
    );
  });

  it('only so many are kept', async () => {
    const { names, asked } = scene(people, { mostNames: 1 });
    await names.named([call('7')], signal);
    await names.named([call('12')], signal);
    await names.named([call('12')], signal);
    await names.named([call('7')], signal);
    assert.equal(asked.length, 3);
  });

  it('a missing scope is told once for each kind and leaves the others alone', async () => {
    const refusal = new RefusedError('BITRIX_AUTH', 'no', { serviceCode: 'insufficient_scope' });
    const { names, notices, asked, clock } = scene((command) =>
      command.method === 'crm.item.list' ? refusal : people(command),
    );
    const page = [call('7', ['CONTACT', 275]), call('7', ['LEAD', 31])];
    assert.deepEqual(shown(await names.named(page, signal)), [
      ['Petrova Anna', undefined],
      ['Petrova Anna', undefined],
    ]);
    await names.named([call('7', ['CONTACT', 276])], signal);
    assert.equal(asked.length, 1);
    await clock.advance(hour);
    await names.named(page, signal);
    assert.equal(asked.length, 2);
    assert.deepEqual(notices, [{ who: 'clients', reason: 'insufficient_scope' }]);
  });

  it('a portal that has other troubles names nobody now and is asked again', async () => {
    let isUp = false;
    const { names, notices } = scene((command) => (isUp ? people(command) : new Error('nothing came')));
    assert.deepEqual(shown(await names.named([call('7')], signal)), [[undefined, undefined]]);
    isUp = true;
    assert.deepEqual(shown(await names.named([call('7')], signal)), [['Petrova Anna', undefined]]);
    assert.deepEqual(notices, []);
  });

  it('answers of odd forms name nobody', async () => {
    for (const odd of [null, '', [], {}, [null, 5, 'x'], { items: {} }, { items: null }]) {
      const { names } = scene(() => odd);
      assert.deepEqual(shown(await names.named([call('7', ['CONTACT', 275])], signal)), [
        [undefined, undefined],
      ]);
    }
  });

  it('a stop is a stop', async () => {
    const { names } = scene(people);
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(names.named([call('7')], stop.signal), CancelledError);
  });

  it('calls without people ask nothing', async () => {
    const { names, asked } = scene(people);
    await names.named([call(null), call('0', ['DEAL', 3])], signal);
    assert.deepEqual(asked, []);
  });
});
