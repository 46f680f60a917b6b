import assert from 'node:assert/strict';
import { ESLint } from 'eslint';
import { root } from '../../../scripts/pack.cjs';

const eslint = new ESLint({ cwd: root });

/** What the project's own lint says of `code` if it stood in `file`, which exists. */
async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: `${root}/${file}` });
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
}

describe('the lint', function () {
  const layers = 'bitlane/layers';
  const violations: [string, string][] = [
    ['lib/core/clock.ts', `import '../bitrix24/portal';`],
    ['lib/core/clock.ts', `import '../../nodes/runtime/status';`],
    ['lib/bitrix24/rest/portal.ts', `export * from '../../../nodes/runtime/status';`],
    ['lib/bitrix24/rest/portal.ts', `export type { Node } from 'node-red';`],
    ['lib/bitrix24/rest/portal.ts', `import '../../dify/client';`],
    ['lib/bitrix24/rest/portal.ts', `export const load = () => import('../../typebot/client');`],
    ['lib/bitrix24/rest/portal.ts', `export type X = import('../../conversation/inbox').Inbox;`],
    ['lib/bitrix24/rest/portal.ts', `import express = require('express'); export { express };`],
    ['nodes/bitrix-in/bitrix-in.ts', `import '../bitrix-imbot-reply/bitrix-imbot-reply';`],
    ['nodes/bitrix-in/bitrix-in.ts', `import '../config/bitrix-portal/bitrix-portal';`],
    ['nodes/runtime/status.ts', `import '../bitrix-in/bitrix-in';`],
    ['sandbox/start.ts', `import '../lib/bitrix24/rest/portal';`],
    ['lib/bitrix24/rest/portal.ts', 'export const load = () => import(`../../typebot/client`);'],
    ['lib/bitrix24/rest/portal.ts', 'export const load = (name: string) => import(`../../${name}/client`);'],
    ['lib/core/clock.ts', `export const load = (name: string) => import(name);`],
    ['lib/core/clock.ts', 'require(`../store/store`);'],
    ['nodes/runtime/status.ts', `export const load = (name: string): unknown => require(name);`],
    ['sandbox/start.ts', `export const load = (name: string): unknown => require('../lib/' + name);`],
  ];
  for (const [file, code] of violations) {
    it(`refuses in ${file}: ${code}`, async () => {
      assert.deepEqual(
        (await complaints(file, code)).filter((rule) => rule === layers),
        [layers],
      );
    });
  }

  it('lets arrows point down', async () => {
    for (const [file, code] of [
      [
        'lib/bitrix24/rest/portal.ts',
        `import '../../core/errors'; import '../events/event'; import 'axios'; import 'node:fs';`,
      ],
      ['lib/bitrix24/rest/portal.ts', 'export const load = () => import(`../../core/errors`);'],
      ['test/support/until.ts', `export const load = (name: string) => import(name);`],
      [
        'nodes/bitrix-in/bitrix-in.ts',
        `import '../runtime/status'; import '../../lib/bitrix24/rest/portal'; import 'node-red';`,
      ],
      ['nodes/config/bitrix-bot/bitrix-bot.ts', `import '../../runtime/status';`],
    ] as const) {
      assert.deepEqual(await complaints(file, code), [], file);
    }
  });

  const floating = '@typescript-eslint/no-floating-promises';
  const misused = '@typescript-eslint/no-misused-promises';
  const work = 'const work = async (): Promise<void> => {};';
  const script = 'const work = async () => {};';
  const dangers: [string, string, string][] = [
    ['lib/core/clock.ts', floating, `${work} export const go = (): void => { work(); };`],
    ['lib/core/clock.ts', floating, `${work} export const go = (): void => { void work(); };`],
    [
      'lib/core/clock.ts',
      misused,
      `import { EventEmitter } from 'node:events'; new EventEmitter().on('x', async () => {});`,
    ],
    ['lib/core/clock.ts', '@typescript-eslint/no-explicit-any', `export const x: any = 1;`],
    ['scripts/build.mjs', floating, `${script} work();`],
    ['scripts/pack.cjs', floating, `${script} work();`],
    ['scripts/start.mjs', misused, `setTimeout(async () => {}, 1);`],
    ['scripts/build.mjs', 'no-undef', `console.log(pack);`],
    ['scripts/build.mjs', 'no-unused-vars', `import { join } from 'node:path';`],
    ['scripts/pack.cjs', 'no-undef', `module.exports = pack;`],
    ['scripts/pack.cjs', 'no-unused-vars', `const { join } = require('node:path');`],
    ['resources/dialogs.js', 'no-undef', `RED.notify(process.title);`],
    ['resources/dialogs.js', 'no-unused-vars', `(function () { var form = 1; })();`],
  ];
  for (const [file, rule, code] of dangers) {
    it(`refuses in ${file}: ${code}`, async () => assert.deepEqual(await complaints(file, code), [rule]));
  }

  it('knows the words that scripts and dialogs may use', async () => {
    for (const [file, code] of [
      ['scripts/build.mjs', `console.log(process.title, import.meta.dirname);`],
      ['scripts/pack.cjs', `module.exports = require('node:path').join(__dirname, 'x');`],
      ['resources/dialogs.js', `(function () { window.bitlane = { form: $('#form'), red: RED }; })();`],
    ] as const) {
      assert.deepEqual(await complaints(file, code), [], file);
    }
  });

  it('lets a test look at a method without calling it', async () => {
    const code = `class Door { open(): void {} } export const { open } = new Door();`;
    assert.deepEqual(await complaints('test/support/until.ts', code), []);
    assert.deepEqual(await complaints('lib/core/clock.ts', code), ['@typescript-eslint/unbound-method']);
  });
});
