export type BotDeed =
  'registered' | 'updated' | 'command-registered' | 'command-updated' | 'command-unregistered';

export interface SyncOutcome {
  botId: number;
  /** In the order in which it was done; one entry for each command. Empty: nothing differed. */
  did: BotDeed[];
  /** To be handed in at the next sync. Belongs to this portal and this bot. */
  fingerprint: string;
  notes: SyncNote[];
}

/** What the integrator should know although it is no failure. */
export interface SyncNote {
  code: 'TYPE_DIFFERS' | 'PORTAL_KEEPS' | 'OLD_ADDRESS_MAY_STAY' | 'ADDRESS_SHARED' | 'OLD_COMMANDS_UNKNOWN';
  message: string;
  params: Readonly<Record<string, string | number>>;
}

export function typeDiffers(wanted: string, found: string): SyncNote {
  const message =
    `the bot was registered as ${found} and cannot become ${wanted}; to change the type, remove the bot and deploy ` +
    'again: it gets a new id, and its private dialogs are lost';
  return { code: 'TYPE_DIFFERS', message, params: { wanted, found } };
}

export function portalKeeps(fields: readonly string[]): SyncNote {
  const message = `the portal took the change and still shows something else: ${fields.join(', ')}`;
  return { code: 'PORTAL_KEEPS', message, params: { fields: fields.join(', ') } };
}

export function oldAddressMayStay(reason: 'neighbours' | 'revision'): SyncNote {
  const message =
    reason === 'neighbours'
      ? 'while another bot of this app is active, the portal may go on sending events to the old address as well'
      : 'this version of the portal may go on sending events to the old address as well';
  return { code: 'OLD_ADDRESS_MAY_STAY', message, params: { reason } };
}

export function addressShared(bots: number): SyncNote {
  const message = 'all v1 bots of one app share one event address; the others get their events here now';
  return { code: 'ADDRESS_SHARED', message, params: { bots } };
}

export function oldCommandsUnknown(): SyncNote {
  const message =
    'v1 cannot list commands: one that left the table before this deploy may still be on the portal';
  return { code: 'OLD_COMMANDS_UNKNOWN', message, params: {} };
}
