import { createBotDirectory } from '../../lib/bitrix24/bot-directory';
import type { BitrixBot, BitrixPortal } from '../../lib/bitrix24/portal';
import { configKind } from './config-kind';

/** What the config nodes of the pack give to the others. */
export const portalKind = configKind<BitrixPortal>('bitrix-portal');
export const botKind = configKind<BitrixBot>('bitrix-bot');

/** All bots of this process; config nodes fill it and empty it on close. */
export const bots = createBotDirectory();
