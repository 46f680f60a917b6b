import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '../../../package.json';
import { identityOfProcess, packVersion } from '../../../nodes/runtime/overview/identity';
import { packRedactor } from '../../../nodes/runtime/redactor';

describe('the name of a process', () => {
  it('is short, tells where it runs, and survives the redactor', () => {
    const { name, nodeRed, node, pack, startedAt } = identityOfProcess(
      { uiPort: 1880, version: '4.1.1' },
      5e9,
    );
    assert.match(name, /^[^.]{1,40}:1880$/);
    assert.equal(packRedactor.text(name), name);
    assert.deepEqual([nodeRed, node, pack], ['4.1.1', process.versions.node, version]);
    assert.ok(startedAt < 5e9 && Number.isInteger(startedAt));
  });

  it('has the number of the process where nobody knows the port, and a mark of its own each time', () => {
    const [one, two] = [identityOfProcess({}, 0), identityOfProcess({}, 0)];
    assert.ok(one.name.endsWith(`:${process.pid}`));
    assert.notEqual(one.id, two.id);
  });

  it('knows no version where there is no package', () => {
    assert.equal(packVersion(join(tmpdir(), 'nowhere')), '');
  });
});
