import { entriesAt, flagAt, textAt } from '../../core/fields';
import type { PortalRest } from './portal';

export interface PortalCheck {
  isAdmin: boolean;
  person: string;
  scopes: string[];
  /** Permissions that are not granted, with the nodes that need them. */
  missing: { scope: string; nodes: string[] }[];
}

/** What each node cannot do without. */
const needs: readonly { scope: string; nodes: string[] }[] = [
  { scope: 'imbot', nodes: ['bitrix-in', 'bitrix-imbot-reply'] },
  { scope: 'imopenlines', nodes: ['bitrix-openline', 'openline-chats'] },
  { scope: 'disk', nodes: ['bitrix-file'] },
  { scope: 'telephony', nodes: ['voximplant-calls'] },
];

/** Asks what every credential may ask: who am I, and what may I do. */
export async function checkPortal(
  portal: Pick<PortalRest, 'call'>,
  signal: AbortSignal,
): Promise<PortalCheck> {
  const options = { idempotent: true, signal };
  const profile = await portal.call('profile', {}, options);
  const scopes = entriesAt({ list: await portal.call('scope', {}, options) }, 'list')
    .map(String)
    .sort();
  return {
    isAdmin: flagAt(profile, 'ADMIN'),
    person: [textAt(profile, 'NAME'), textAt(profile, 'LAST_NAME')].filter(Boolean).join(' '),
    scopes,
    missing: needs.filter(({ scope }) => !scopes.includes(scope)),
  };
}
