import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { at, textAt } from '../../lib/core/fields';
import { readJson, root } from '../../scripts/pack.cjs';
import type { Language } from '../../sandbox/web/language';
import { launchBrowser } from './support/editor';
import { environmentOf, kindNamed, type RuntimeKind } from './support/matrix';
import { startPrinting, type PrintingProgram } from './support/npm-start';
import { findNpmScript, packedTarball } from './support/pack';
import { installPack } from './support/runtime';

const execute = promisify(execFile);
/** By the Node that runs the tests. */
const kind: RuntimeKind = { ...kindNamed('node-red-4.1-node-20'), node: process.execPath };

const forShell = /^export ([A-Z_]+)='(\S+)'$/gm;
const forPowerShell = /^\$env:([A-Z_]+) = '(\S+)'$/gm;
const valuesIn = (output: string, form: RegExp): Map<string, string> =>
  new Map([...output.matchAll(form)].map(([, name = '', value = '']) => [name, value]));

/** The packed pack, with its own dependencies and nothing else. */
describe('the command sandbox of the packed pack', function () {
  let folder: string;
  let running: PrintingProgram | undefined;
  const script = (): string =>
    join(
      folder,
      'node_modules/@bitlane/node-red-bitrix24',
      textAt(readJson(join(root, 'package.json')), 'bin', 'node-red-bitrix24') ?? '',
    );
  const startIn = (language: Language, ...args: string[]): Promise<PrintingProgram> =>
    startPrinting([script(), 'sandbox', '--port', '0', ...args], {
      cwd: folder,
      env: { ...process.env, SANDBOX_FOLDER: join(folder, 'kept') },
      language,
    });
  const start = (...args: string[]): Promise<PrintingProgram> => startIn('en', ...args);
  const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    execute(kind.node, [script(), ...args], {
      cwd: folder,
      env: { ...process.env, SANDBOX_LANGUAGE: 'en' },
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bitlane-command-'));
    await installPack(kind, await packedTarball(), folder);
  });
  after(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is the one that npx runs by the name of the package', async () => {
    const bins = at(readJson(join(root, 'package.json')), 'bin');
    assert.deepEqual(bins, { 'node-red-bitrix24': 'dist/sandbox/bin.js' });
    const npx = [
      findNpmScript(),
      'exec',
      '--offline',
      '--',
      '@bitlane/node-red-bitrix24',
      'sandbox',
      '--help',
    ];
    const { stdout } = await execute(kind.node, npx, {
      cwd: folder,
      env: { ...environmentOf(kind), SANDBOX_LANGUAGE: 'en' },
    });
    assert.match(stdout, /^Usage: npx @bitlane\/node-red-bitrix24 sandbox/);
  });

  it('says how it is used, and refuses what it does not understand', async () => {
    assert.match((await run('sandbox', '--help')).stdout, /--port/);
    assert.match((await run()).stdout, /--port/);
    for (const args of [
      ['sandpit'],
      ['sandbox', '--port', 'x'],
      ['sandbox', '--prot', '1'],
      ['sandbox', '--node-red', 'elsewhere'],
    ])
      await assert.rejects(run(...args), { code: 1, stderr: /Usage: npx/ }, args.join(' '));
  });

  it('starts the stand-ins and their pages, and says how a Node-RED reaches them', async () => {
    running = await start('--node-red', '1999');
    const { output } = running;
    const chat = running.address('chat');
    const page = await fetch(chat);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<main class="chat">/);
    for (const file of ['style.css', 'chat.js', 'texts.js'])
      assert.equal((await fetch(new URL(file, chat))).status, 200, file);
    assert.equal((await fetch(running.address('calls'))).status, 200);

    const told = valuesIn(output, forShell);
    assert.deepEqual(valuesIn(output, forPowerShell), told);
    assert.equal(told.get('PUBLIC_URL'), 'http://127.0.0.1:1999');
    const wanted = ['BITRIX_WEBHOOK_URL', 'BITRIX_BOT_TOKEN', 'DIFY_BASE_URL', 'DIFY_API_KEY'];
    const others = ['TYPEBOT_START_URL', 'SPEECHSENSE_ENDPOINT', 'SPEECHSENSE_API_KEY', 'PUBLIC_URL'];
    for (const name of [...wanted, ...others]) assert.ok(told.get(name), `${name} is not told`);
    const profile = await fetch(`${told.get('BITRIX_WEBHOOK_URL')}profile`);
    assert.equal(profile.status, 200);
    const key = `Bearer ${told.get('DIFY_API_KEY')}`;
    const info = await fetch(`${told.get('DIFY_BASE_URL')}/info`, { headers: { Authorization: key } });
    assert.equal(info.status, 200);
  });

  it('shows a bot that somebody’s own Node-RED registers', async () => {
    assert.ok(running);
    const { output } = running;
    const webhook = valuesIn(output, forShell).get('BITRIX_WEBHOOK_URL') ?? '';
    const bot = {
      code: 'own',
      botToken: 'of-my-own',
      eventMode: 'fetch',
      type: 'openline',
      properties: { name: 'Own' },
    };
    const headers = { 'Content-Type': 'application/json' };
    const register = { method: 'POST', headers, body: JSON.stringify({ fields: bot }) };
    assert.equal((await fetch(`${webhook}imbot.v2.Bot.register`, register)).status, 200);
    const view: unknown = await (await fetch(new URL('/api/chat', running.address('chat')))).json();
    assert.deepEqual(at(view, 'channels'), [{ code: 'own', title: 'Own', isReady: true }]);
  });

  it('ends by Ctrl+C, and its next start has the same keys', async () => {
    assert.ok(running);
    const keys = (output: string): (string | undefined)[] => {
      const told = valuesIn(output, forShell);
      const secret = told.get('BITRIX_WEBHOOK_URL')?.replace(/^http:\/\/[^/]+/, '');
      return [secret, told.get('DIFY_API_KEY'), told.get('DIFY_WORKFLOW_API_KEY')];
    };
    const before = keys(running.output);
    assert.ok(before.every((key) => key !== undefined && key.length > 10));
    assert.equal(await running.stop(), 0);
    running = await start();
    assert.deepEqual(keys(running.output), before);
  });

  it('prints in Russian where that is asked for', async () => {
    await running?.stop();
    running = await startIn('ru');
    const { output } = running;
    assert.match(output, /^Вставьте один из двух блоков в терминал/);
    assert.match(output, /^Ctrl\+C останавливает всё\.$/m);
    assert.doesNotMatch(output, /^The |Paste/m);
    for (const page of ['chat', 'calls'] as const)
      assert.equal((await fetch(running.address(page))).status, 200, page);
    assert.equal(await running.stop(), 0);
    running = await start();
  });

  it('has a chat page that says what to do without a bot, and notices a new start', async () => {
    assert.ok(running);
    const chat = running.address('chat');
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ locale: 'en-US' });
      await page.goto(chat);
      const hint = page.locator('#client').getByText('There is no bot yet');
      await hint.waitFor();
      for (const field of ['#text', '#file', '#answer-text', '#say button'])
        assert.equal(await page.locator(field).isDisabled(), true, field);
      for (const other of ['#channel', '#holder', '#commands'])
        assert.equal((await page.locator(other).innerText()).trim(), '', other);
      assert.equal(await page.locator('#channel').isVisible(), false);
      assert.equal(await running.stop(), 0);
      await page.getByText('The sandbox does not answer').waitFor();
      running = await start('--port', new URL(chat).port);
      assert.equal(running.address('chat'), chat);
      await page.getByText('The sandbox has been started anew').waitFor();
      await hint.waitFor();
    } finally {
      await browser.close();
    }
  });
});
