import assert from 'node:assert/strict';
import { errorCodes } from '../../../lib/core/errors';
import { healthOf } from '../../../nodes/runtime/overview/health';
import { needsPerson, standsStill } from '../../../nodes/runtime/overview/needs-person';
import { createOverview, type Overview } from '../../../nodes/runtime/overview/overview';
import type { PackError } from '../../../nodes/runtime/overview';
import {
  madeUpBot,
  madeUpCursor,
  madeUpPortal,
  madeUpReader,
  madeUpStore,
} from '../../support/made-up-parts';
import { manualClock } from '../../support/manual-clock';

describe('a node that fails until a person acts', () => {
  let overview: Overview;
  beforeEach(() => {
    overview = createOverview(manualClock(5000));
  });

  const note = (code: string, changes: Partial<PackError> = {}): void =>
    overview.noteError({ nodeId: 'n1', nodeType: 'dify-chatflow', code, message: 'no', at: 1, ...changes });
  const told = async (): Promise<string[]> => {
    const { status, problems } = healthOf(await overview.read());
    return [status, ...problems.map(({ code, id, trouble }) => `${code} ${id} ${trouble?.code ?? ''}`)];
  };
  const failing = (id: string, code: string): string[] => ['degraded', `NODE_FAILING ${id} ${code}`];

  it('is a problem with its name, its type and the reason', async () => {
    note('DIFY_AUTH', { nodeName: 'Ask', params: { reason: 'HTTP 401' } });
    const { problems } = healthOf(await overview.read());
    assert.deepEqual(problems, [
      {
        ...{ code: 'NODE_FAILING', kind: 'node', id: 'n1', name: 'Ask', nodeType: 'dify-chatflow' },
        trouble: { code: 'DIFY_AUTH', message: 'no', params: { reason: 'HTTP 401' } },
      },
    ]);
  });

  it('is none any more when it has done its work, also as far as that goes', async () => {
    note('DIFY_AUTH');
    note('DIFY_QUOTA');
    assert.deepEqual(await told(), failing('n1', 'DIFY_QUOTA'));
    overview.noteRecovery('n1', { of: 'work', isOver: (code) => code === 'DIFY_QUOTA' });
    assert.deepEqual(await told(), failing('n1', 'DIFY_AUTH'));
    overview.noteRecovery('n1', { of: 'work' });
    assert.deepEqual(await told(), ['ok']);
    note('DIFY_AUTH');
    assert.deepEqual(await told(), failing('n1', 'DIFY_AUTH'));
  });

  it('is none any more when it was deployed anew, until it fails again', async () => {
    note('DIFY_AUTH');
    overview.noteRecovery('n1', { of: 'start' });
    assert.deepEqual(await told(), ['ok']);
    note('DIFY_AUTH');
    assert.deepEqual(await told(), failing('n1', 'DIFY_AUTH'));
  });

  it('is none any more when it is gone, also where nobody has told it so', async () => {
    note('DIFY_AUTH');
    note('DIFY_AUTH', { nodeId: 'in-subflow' });
    overview.noteRecovery('n1', { of: 'work' });
    assert.deepEqual(await told(), failing('in-subflow', 'DIFY_AUTH'));
    overview.noteGone((id) => id === 'n1');
    assert.deepEqual(await told(), ['ok']);
  });

  it('is still one after an error that mends nothing', async () => {
    note('DIFY_AUTH');
    note('INPUT_INVALID');
    assert.deepEqual(await told(), failing('n1', 'DIFY_AUTH'));
  });

  it('is none for what only one message brought about, or another part tells of itself', async () => {
    for (const code of ['INPUT_INVALID', 'DIFY_TIMEOUT', 'BITRIX_RECORDING_DENIED', 'CONFIG_MISSING'])
      note(code);
    for (const code of ['CONFIG_EMPTY', 'CONFIG_UNUSABLE', 'STORE_LOCKED', 'STORE_KEY_LOST']) note(code);
    note('BITRIX_AUTH', { params: { method: 'crm.deal.get', reason: 'ACCESS_DENIED' } });
    assert.deepEqual(await told(), ['ok']);
    note('BITRIX_AUTH', { params: { method: 'imbot.v2.Bot.list', reason: 'insufficient_scope' } });
    assert.deepEqual(await told(), failing('n1', 'BITRIX_AUTH'));
  });

  it('is none where the node has an entry of its own, which tells when it is over', async () => {
    overview.add('portal', () => madeUpPortal());
    overview.add('bot', () => madeUpBot());
    overview.add('reader', () => madeUpReader());
    overview.add('store', () => madeUpStore());
    overview.add('cursor', () => madeUpCursor());
    for (const nodeId of ['p1', 'b1', 'r1', 's1', 'k1']) note('BITRIX_AUTH', { nodeId });
    assert.deepEqual(await told(), ['ok']);
  });

  it('is told once, and by what keeps it from being made before all else', async () => {
    note('DIFY_AUTH');
    note('CONFIG_EMPTY', { isAtStart: true });
    assert.deepEqual(await told(), ['degraded', 'NODE_UNUSABLE n1 CONFIG_EMPTY']);
  });

  it('is told for nothing that a later message may mend', () => {
    const standing = errorCodes.filter((code) => standsStill({ code, params: undefined }));
    assert.ok(standing.length > 20);
    assert.deepEqual(
      standing.filter((code) => !needsPerson.has(code)),
      [],
    );
  });
});
