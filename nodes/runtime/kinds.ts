import { createBotDirectory } from '../../lib/bitrix24/hub/bot-directory';
import type { BotOfHub, PortalHub } from '../../lib/bitrix24/hub/hub';
import type { Store } from '../../lib/store/store';
import { configKind } from './config-kind';

/** What the config nodes of the pack give to the others. */
export const portalKind = configKind<PortalHub>('bitrix-portal');
export const botKind = configKind<BotOfHub>('bitrix-bot');
export const storeKind = configKind<Store>('bitlane-store');

/** All bots of this process; config nodes fill it and empty it on close. */
export const bots = createBotDirectory();
