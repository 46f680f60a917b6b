import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/pack.cjs';
import { consoleWords } from '../../../sandbox/console-words';
import { keptPlaces } from '../../../sandbox/kept-places';
import { forPowerShell, forShell } from '../../../sandbox/shells';
import { firstLanguage } from '../../../sandbox/web/language';

describe('what the sandbox tells somebody\u2019s own Node-RED', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bitlane-places-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has the same keys at each start, and others in another folder', async () => {
    const [first, second] = [await keptPlaces(folder), await keptPlaces(folder)];
    assert.deepEqual(second.keys, first.keys);
    const { keys } = await keptPlaces(join(folder, 'deeper', 'still'));
    assert.notEqual(keys.webhook, first.keys.webhook);
    assert.match(keys.chatflow, /^app-[0-9a-f]{24}$/);
    assert.equal(new Set(Object.values(keys)).size, 3);
  });

  it('has another port when its own is taken, and says so', async () => {
    const before = await keptPlaces(folder);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(before.ports.dify, '127.0.0.1', resolve));
    try {
      const { ports, areOthers } = await keptPlaces(folder);
      assert.notEqual(ports.dify, before.ports.dify);
      assert.equal(new Set(Object.values(ports)).size, 4);
      assert.equal(areOthers, true);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('makes new keys, and says so, where nothing can be kept', async () => {
    const notAFolder = join(folder, 'file');
    await writeFile(notAFolder, 'in the way');
    const [first, second] = [await keptPlaces(notAFolder), await keptPlaces(notAFolder)];
    assert.equal(first.areOthers, true);
    assert.notEqual(first.keys.webhook, second.keys.webhook);
  });

  it('can be pasted, whatever the value', () => {
    const environment = { PLAIN: 'http://127.0.0.1:1/rest/1/x/', ODD: `it's $HOME; "x"` };
    const script = `${forShell(environment)}\nprintf '%s' "$PLAIN|$ODD"`;
    assert.equal(execFileSync('sh', ['-c', script]).toString(), Object.values(environment).join('|'));
    assert.deepEqual(forPowerShell(environment).split('\n'), [
      `$env:PLAIN = 'http://127.0.0.1:1/rest/1/x/'`,
      `$env:ODD = 'it''s $HOME; "x"'`,
    ]);
  });

  it('prints in the language of the machine', () => {
    const help = (language: string): string =>
      execFileSync(process.execPath, ['--import', 'tsx', 'sandbox/bin.ts', '--help'], {
        cwd: root,
        env: { ...process.env, SANDBOX_LANGUAGE: language },
      }).toString();
    assert.match(help('ru'), /^Запуск: npx @bitlane\/node-red-bitrix24 sandbox [^]*порт вашего Node-RED/);
    assert.match(help('en'), /^Usage: npx @bitlane\/node-red-bitrix24 sandbox [^]*the port of your Node-RED/);
    const values = {
      shell: 'export A=1',
      powerShell: '$env:A = 1',
      chat: 'http://chat',
      calls: 'http://calls',
    };
    for (const areOthers of [true, false]) {
      const printed = consoleWords.ru.command({ ...values, areOthers });
      for (const value of Object.values(values)) assert.ok(printed.includes(value), value);
      assert.doesNotMatch(printed.replace(/PUBLIC_URL|--node-red/g, ''), /\b[a-z]{3,} [a-z]{3,} [a-z]{2,}/);
    }
  });

  it('begins in the language that is asked for, or that of the machine', () => {
    assert.equal(firstLanguage('ru'), 'ru');
    assert.equal(firstLanguage('en'), 'en');
    const ofMachine = new Intl.DateTimeFormat().resolvedOptions().locale.startsWith('ru') ? 'ru' : 'en';
    assert.equal(firstLanguage('xx'), ofMachine);
  });
});
