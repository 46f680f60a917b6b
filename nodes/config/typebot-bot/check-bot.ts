import { leadsToBuilder } from '../../../lib/typebot/address';
import type { TypebotVerdict } from '../../../lib/typebot/check';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { openTypebot, type OpenedTypebot } from './typebot-settings';

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
export async function checkBot(context: ActionContext): Promise<ActionAnswer> {
  const { settings, translate } = context;
  try {
    const opened = openTypebot(settings);
    return await checkOpened(opened, context).finally(opened.close);
  } catch (error) {
    // So plain that nobody needs to be asked.
    if (leadsToBuilder(error)) return { ok: false, message: translate('typebot-bot.check.builder') };
    throw error;
  }
}

async function checkOpened(
  { client }: OpenedTypebot,
  { signal, translate }: ActionContext,
): Promise<ActionAnswer> {
  const { verdict, botId: bot, isPreview, error } = await client.check({ signal });
  const sentences: readonly string[] =
    isPreview && verdict === 'ready' ? ['draft', 'variables'] : told[verdict];
  // Whatever else is in the way is told as the error that it is everywhere.
  if (sentences.length === 0 && error) throw error;
  const message = sentences.map((name) => translate(`typebot-bot.check.${name}`, { bot })).join('\n');
  return { ok: verdict === 'ready', message };
}
