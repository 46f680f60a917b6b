import { entriesAt, textAt } from '../../core/fields';
import type { BotRest } from './bot-calls';
import { isRefusedWith } from './refusals';

/** What an app is told about itself only where it has asked to be; a new version forgets that it had. */
const notices = ['ONAPPUPDATE', 'ONAPPUNINSTALL'] as const;

/** Has the portal tell this address when the app is updated or removed. Nothing is written when it knows it. */
export async function askForNotices(rest: BotRest, handler: string, signal: AbortSignal): Promise<void> {
  const options = { idempotent: true, signal };
  const bound = entriesAt({ list: await rest.call('event.get', {}, options) }, 'list');
  const isBound = (event: string): boolean =>
    bound.some((one) => textAt(one, 'event')?.toUpperCase() === event && textAt(one, 'handler') === handler);
  for (const event of notices) {
    if (isBound(event)) continue;
    await rest.call('event.bind', { event, handler }, options).catch((error: unknown) => {
      // Another bot of the same app was quicker.
      if (!isRefusedWith(error, 'ERROR_EVENT_BINDING_EXISTS')) throw error;
    });
  }
}
