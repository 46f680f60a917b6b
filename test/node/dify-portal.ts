import registerBot from '../../nodes/config/bitrix-bot/bitrix-bot';
import registerPortal from '../../nodes/config/bitrix-portal/bitrix-portal';
import { startPortal, type Chat, type FileInit, type Portal } from '../../sandbox/bitrix24';
import type { DeployOptions, FlowItem } from './dify-scene';

const botToken = 'bot-token-of-the-sandbox';

/** A portal on which people send files to a bot, for the tests of one `describe`. */
export interface PortalOfFiles {
  /** With these a Dify node can fetch what was sent. */
  options(): Required<Pick<DeployOptions, 'nodes' | 'credentials'>>;
  /** A client sends these; what `msg.bitrix` says of it, whatever was typed with them. */
  sent(text: string, ...files: readonly FileInit[]): Promise<object>;
}

export const portalParts = [registerPortal, registerBot];

export function usePortalOfFiles(): PortalOfFiles {
  let opened: { portal: Portal; chat: Chat; botId: number } | undefined;
  const place = () => {
    if (!opened) throw new Error('the portal is not started');
    return opened;
  };

  before(async () => {
    const portal = await startPortal({ limits: 'off' });
    const bot = portal.addBot({ botToken, code: 'helper' });
    opened = { portal, chat: portal.openChannel({ bots: [bot] }), botId: bot.id };
  });
  after(() => opened?.portal.stop());

  return {
    options() {
      // A bot without a public address is left as it is.
      const nodes: FlowItem[] = [
        { id: 'portal', type: 'bitrix-portal', authType: 'webhook', path: 'events', plan: 'standard' },
        { id: 'bot', type: 'bitrix-bot', portal: 'portal', code: 'helper', apiVersion: 'v2', publicUrl: '' },
      ];
      const { webhookUrl } = place().portal;
      return { nodes, credentials: { portal: { webhookUrl }, bot: { botToken } } };
    },
    async sent(text, ...files) {
      const { portal, chat, botId } = place();
      const said = files.length === 0 ? undefined : await portal.clientSays(chat, { files });
      const { memberId, domain } = portal;
      return {
        portal: { memberId, domain },
        bot: { id: botId, code: 'helper' },
        text,
        files: (said?.message?.files ?? []).map(({ id }, index) => ({ id, name: files[index]?.name })),
      };
    },
  };
}
