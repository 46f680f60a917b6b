import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesAt } from '../../../lib/core/fields';
import { root } from '../../../scripts/pack.cjs';
import type { Portal } from '../../../sandbox/bitrix24';
import { BOT_TOKEN } from './flow-parts';
import type { Scene } from './scene';

/** A file of the folder `flows`, as somebody has it who imported it. */
export function shippedFlow(path: string): object[] {
  const flow: unknown = JSON.parse(readFileSync(join(root, 'flows', path), 'utf8'));
  return entriesAt({ flow }, 'flow').filter((node): node is object => typeof node === 'object');
}

/** Sets the variables that the comments of the flows name; the function that comes back takes them away. */
export function setVariables(scene: Scene, portal: Portal): () => void {
  const variables = {
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    BITRIX_BOT_TOKEN: BOT_TOKEN,
    PUBLIC_URL: scene.red.url,
  };
  Object.assign(process.env, variables);
  return () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  };
}
