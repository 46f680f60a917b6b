import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startRedis } from '../../support/redis';
import { until } from '../../support/until';

describe('a process whose store is closed while Redis is silent', function () {
  it('is held by nothing any more', async () => {
    const server = await startRedis();
    const script = join(__dirname, 'closing-process.ts');
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', script, server.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, 'exit');
    try {
      await until(() => said.includes('READY'), 'the process');
      server.standStill();
      child.stdin.write('close\n');
      await until(() => said.includes('CLOSED'), 'the store to be closed');
      await until(() => child.exitCode !== null, 'the process to end');
      assert.equal(child.exitCode, 0);
    } finally {
      child.kill('SIGKILL');
      await ended;
      await server.stop();
    }
  });
});
