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
  this.timeout(60_000);

  const layers = 'bitlane/layers';
  const violations: [string, string][] = [
    ['lib/core/clock.ts', `import '../bitrix24/portal';`],
    ['lib/core/clock.ts', `import '../../nodes/runtime/status';`],
    ['lib/bitrix24/portal.ts', `export * from '../../nodes/runtime/status';`],
    ['lib/bitrix24/portal.ts', `export type { Node } from 'node-red';`],
    ['lib/bitrix24/portal.ts', `import '../dify/client';`],
    ['lib/bitrix24/portal.ts', `export const load = () => import('../typebot/client');`],
    ['lib/bitrix24/portal.ts', `export type X = import('../conversation/inbox').Inbox;`],
    ['lib/bitrix24/portal.ts', `import express = require('express'); export { express };`],
    ['nodes/bitrix-in/bitrix-in.ts', `import '../bitrix-imbot-reply/bitrix-imbot-reply';`],
    ['nodes/bitrix-in/bitrix-in.ts', `import '../config/bitrix-portal/bitrix-portal';`],
    ['nodes/runtime/status.ts', `import '../bitrix-in/bitrix-in';`],
    ['sandbox/start.ts', `import '../lib/bitrix24/portal';`],
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
        'lib/bitrix24/portal.ts',
        `import '../core/errors'; import './event'; import 'axios'; import 'node:fs';`,
      ],
      [
        'nodes/bitrix-in/bitrix-in.ts',
        `import '../runtime/status'; import '../../lib/bitrix24/portal'; import 'node-red';`,
      ],
      ['nodes/config/bitrix-bot/bitrix-bot.ts', `import '../../runtime/status';`],
    ] as const) {
      assert.deepEqual(await complaints(file, code), [], file);
    }
  });

  const dangers: [string, string][] = [
    [
      '@typescript-eslint/no-floating-promises',
      `const work = async (): Promise<void> => {}; export const go = (): void => { work(); };`,
    ],
    [
      '@typescript-eslint/no-floating-promises',
      `const work = async (): Promise<void> => {}; export const go = (): void => { void work(); };`,
    ],
    [
      '@typescript-eslint/no-misused-promises',
      `import { EventEmitter } from 'node:events'; new EventEmitter().on('x', async () => {});`,
    ],
    ['@typescript-eslint/no-explicit-any', `export const x: any = 1;`],
  ];
  for (const [rule, code] of dangers) {
    it(`refuses ${code}`, async () =>
      assert.ok((await complaints('lib/core/clock.ts', code)).includes(rule)));
  }
});
