import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesAt, textAt } from '../../../lib/core/fields';
import { root } from '../../../scripts/pack.cjs';
import type { Portal } from '../../../sandbox/bitrix24';
import type { Typebot } from '../../../sandbox/typebot';
import { BOT_TOKEN } from '../bitrix24-nodes/flow-parts';

/** The flow as somebody has it who imported it, with what a test changes by type of node. */
export function shippedFlow(changes: Readonly<Record<string, object>> = {}): object[] {
  const flow: unknown = JSON.parse(readFileSync(join(root, 'flows/BitBot/3 Typebot bot.json'), 'utf8'));
  return entriesAt({ flow }, 'flow')
    .filter((node): node is object => typeof node === 'object')
    .map((node) => ({ ...node, ...changes[textAt(node, 'type') ?? ''] }));
}

/** The variables that its comment names. */
export function variablesFor(
  portal: Portal,
  typebot: Typebot,
  { publicUrl, bot }: { publicUrl: string; bot: string },
): Record<string, string> {
  return {
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    BITRIX_BOT_TOKEN: BOT_TOKEN,
    PUBLIC_URL: publicUrl,
    TYPEBOT_START_URL: typebot.publicUrl(bot),
  };
}
