import type { BotInit, FileInit, Portal, PortalOptions } from '../../../sandbox/bitrix24';
import type { EventFile } from '../../../lib/bitrix24/events/event';
import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import type { FileAccess } from '../../../lib/bitrix24/files/portal-file';
import { token } from '../sandbox-portal/support';
import type { Bench } from '../bitrix24-rest/support';

export interface FileScene {
  readonly portal: Portal;
  readonly access: FileAccess;
  /** A client sends these to the bot in an Open Channel; what an event of v2 says of them. */
  readonly sent: (...files: readonly FileInit[]) => Promise<EventFile[]>;
  /** The methods called so far, with `download` for each request for a link. */
  readonly methods: () => string[];
}

/** A bot that was sent files, on a portal that is strict with its links. */
export function fileScenes(
  bench: Bench,
): (init?: { portal?: PortalOptions; bot?: BotInit }) => Promise<FileScene> {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  return async ({ portal: options = {}, bot: init = {} } = {}) => {
    const portal = await bench.portal({ limits: 'off', ...options });
    const bot = portal.addBot({ botToken: token, ...init });
    const chat = portal.openChannel({ bots: [bot] });
    const http = createFileHttp({ origin: portal.origin });
    closing.push(() => http.close());
    const rest = bench.viaWebhook(portal);
    return {
      portal,
      access: { portal: { rest, origin: portal.origin }, bot: { botId: bot.id, botToken: token }, http },
      async sent(...files) {
        const { message } = await portal.clientSays(chat, { files });
        return (message?.files ?? []).map(({ id }) => ({ id }));
      },
      methods: () => portal.calls.map(({ method }) => method),
    };
  };
}
