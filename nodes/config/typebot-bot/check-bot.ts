import type { TypebotVerdict } from '../../../lib/typebot/check';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { openTypebot } from './typebot-settings';

const told: Readonly<Record<TypebotVerdict, readonly string[]>> = {
  ready: ['ready', 'variables'],
  closed: ['closed'],
  'not-found': ['missing'],
  builder: ['builder'],
  'no-typebot': ['stranger'],
  moved: [],
  denied: [],
  unreachable: [],
  refused: [],
};

/** The button of the dialog. No conversation is begun. */
export async function checkBot({ settings, signal, translate }: ActionContext): Promise<ActionAnswer> {
  const { client, close } = openTypebot(settings);
  try {
    const { verdict, botId: bot, isPreview, error } = await client.check({ signal });
    const sentences: readonly string[] =
      isPreview && verdict === 'ready' ? ['draft', 'variables'] : told[verdict];
    // Whatever else is in the way is told as the error that it is everywhere.
    if (sentences.length === 0 && error) throw error;
    const message = sentences.map((name) => translate(`typebot-bot.check.${name}`, { bot })).join('\n');
    return { ok: verdict === 'ready', message };
  } finally {
    await close();
  }
}
