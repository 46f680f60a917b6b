import { createBotDirectory } from '../../lib/bitrix24/hub/bot-directory';
import type { BotOfHub, PortalHub } from '../../lib/bitrix24/hub/hub';
import type { DifyClient } from '../../lib/dify/client';
import type { SpeechSenseClient } from '../../lib/speechsense/client';
import type { TypebotClient } from '../../lib/typebot/client';
import type { StoreOffer } from '../../lib/store/offer';
import { configKind } from './config-kind';

/** What the config nodes of the pack give to the others. */
export const storeKind = configKind<StoreOffer>('bitlane-store');
export const portalKind = configKind<PortalHub>('bitrix-portal');
export const botKind = configKind<BotOfHub>('bitrix-bot');
export const difyKind = configKind<DifyClient>('dify-app');
export const typebotKind = configKind<TypebotClient>('typebot-bot');
export const speechsenseKind = configKind<SpeechSenseClient>('speechsense-connection');

/** All bots of this process; config nodes fill it and empty it on close. */
export const bots = createBotDirectory();
