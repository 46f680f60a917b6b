import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startRedis } from '../../support/redis';
import { until } from '../../support/until';
import { lookInto } from '../store/redis-bench';

describe('a process whose store is closed while Redis is silent', function () {
  it('is held by nothing any more', async () => {
    const server = await startRedis({ args: ['--enable-debug-command', 'yes'] });
    const script = join(__dirname, 'closing-process.ts');
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', script, server.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, 'exit');
    const client = lookInto(server.url);
    try {
      await until(() => said.includes('READY'), 'the process');
      client.call('DEBUG', 'SLEEP', '40').catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      child.stdin.write('close\n');
      await until(() => said.includes('CLOSED'), 'the store to be closed');
      // Silent questions, which wait for up to ten seconds, and searches that come every five, would hold it for longer.
      await until(() => child.exitCode !== null, 'the process to end');
      assert.equal(child.exitCode, 0);
    } finally {
      child.kill('SIGKILL');
      await ended;
      client.disconnect();
      await server.kill9();
      await server.stop();
    }
  });
});
