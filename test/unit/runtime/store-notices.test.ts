import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { InvalidError, type ErrorCode } from '../../../lib/core/errors';
import { judgeFolder } from '../../../nodes/config/bitlane-store/store-actions';
import { readSettings } from '../../../nodes/runtime/settings';
import type { Shell } from '../../../nodes/runtime/shell';
import { createStatusBoard } from '../../../nodes/runtime/status';
import { tellOfStore, type StoreCondition } from '../../../nodes/runtime/stores';

interface Told {
  texts: unknown[];
  warned: string[];
  reported: string[];
}

function tell(codes: readonly ErrorCode[], earlier?: Error): Told {
  const told: Told = { texts: [], warned: [], reported: [] };
  const status = createStatusBoard({ status: (state) => void told.texts.push(at(state, 'text')) });
  if (earlier) status.fail(earlier);
  const notices = codes.map((code) => ({ code, params: {} }));
  const codeOf = (thrown: unknown): string => (thrown instanceof InvalidError ? thrown.code : '');
  const shell: Pick<Shell, 'status' | 'warn' | 'report' | 'recovered' | 'log' | 'translate' | 'onClose'> = {
    status,
    translate: (key) => key,
    log: () => undefined,
    onClose: () => undefined,
    recovered: () => undefined,
    warn: (notice) => void told.warned.push(codeOf(notice)),
    report: (failure) => void told.reported.push(codeOf(failure)),
  };
  const onState = (listener: (condition: StoreCondition) => void): (() => void) => {
    listener({ state: 'ready', notices });
    return () => undefined;
  };
  tellOfStore(shell, 'bitlane-store', { onState });
  status.close();
  return told;
}

describe('a node whose store is on a network folder', () => {
  it('says so in the log and in its status, and fails nothing', () => {
    const { texts, warned, reported } = tell(['STORE_NETWORK']);
    assert.deepEqual(warned, ['STORE_NETWORK']);
    assert.deepEqual(reported, []);
    assert.deepEqual(texts, ['bitlane.brief.STORE_NETWORK']);
  });

  it('leaves a failure in its status', () => {
    const { texts, warned } = tell(['STORE_NETWORK'], new InvalidError('STORE_KEY_LOST', 'gone'));
    assert.deepEqual(warned, ['STORE_NETWORK']);
    assert.deepEqual(texts, ['bitlane.brief.STORE_KEY_LOST']);
  });
});

describe('the dialog of a store, asked about a folder', () => {
  const RED = { settings: { userDir: '/node-red' } };
  const translate = (key: string, params: object = {}): string => `${key} ${JSON.stringify(params)}`;
  const asked: string[] = [];
  const judge = (folder: string, fileSystem?: string, kind: 'network' | 'program' = 'network') =>
    judgeFolder(RED, { settings: readSettings({ folder }, {}), translate }, async (path) => {
      asked.push(path);
      return fileSystem === undefined ? { kind: 'local' } : { kind, fileSystem };
    });

  it('has nothing to say of a disk', async () => {
    assert.deepEqual(await judge(''), { ok: true, message: '' });
    assert.equal(asked.at(-1), '/node-red/bitlane');
  });

  it('names the file system, and is milder about a program', async () => {
    const { message } = await judge('/mnt/share', 'NFS');
    assert.match(message, /^bitlane-store\.tip\.networkFolder .*"\/mnt\/share".*"NFS"/);
    assert.match((await judge('x', 'FUSE', 'program')).message, /^bitlane-store\.tip\.programFolder /);
  });

  it('names a variable that is not set', async () => {
    await assert.rejects(judge('${BITLANE_TEST_UNSET}'), { code: 'VARIABLE_UNSET' });
  });
});
