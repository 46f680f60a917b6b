import { createAppCredential, type AppCredentialOptions } from '../oauth';
import type { Credential, TokenVault } from '../rest/credential';
import type { PortalRest } from '../rest/portal';
import type { Portal, PortalHub } from './hub';

export interface AppPortalsOptions extends Omit<AppCredentialOptions, 'memberId'> {
  vault: TokenVault;
  connect: (credential: Credential) => PortalRest;
  /** The tokens of a portal that is here are read; readers of its events may begin. */
  onOpened: () => void;
  /** Something that nobody asked for went wrong. */
  onFailure: (error: Error) => void;
}

/** The portals that have installed one app. Their tokens are in the vault; a portal is here while they are. */
export interface AppPortals {
  /** What was installed in earlier runs is here; rejects when the vault could not be listed. */
  readonly ready: Promise<void>;
  readonly all: PortalHub['portals'];
  readonly find: PortalHub['find'];
  readonly onPortal: PortalHub['onPortal'];
  has(memberId: string): boolean;
  /** Whether the app is installed on that portal, be it by way of another Node-RED a moment ago. */
  knows(memberId: string): Promise<boolean>;
  /** Installed by way of this process just now. */
  installed(memberId: string): Promise<void>;
  /** A new version has lost its addresses, but what is under way at the portal goes on. */
  updated(memberId: string): Promise<void>;
  drop(memberId: string): void;
  /** An event of a portal that is believed. `installation`: as its tokens tell, which may be older than what we know. */
  heardOf(memberId: string, installation: string | undefined): void;
  /** What others have installed, installed again or removed. */
  compareWithVault(): Promise<void>;
}

interface Known {
  readonly portal: Portal;
  /** By which it is known when the app is installed anew: what the portal knew of the one before is gone. */
  readonly installation: string | undefined;
}

export function createAppPortals(options: AppPortalsOptions): AppPortals {
  const { vault, connect, onOpened, onFailure } = options;
  const portals = new Map<string, Known>();
  const meeting = new Set<(portal: Portal, isNew: boolean) => void>();
  /** Those that are being opened because an event of theirs has come, or word of them. */
  const late = new Map<string, Promise<void>>();

  async function open(memberId: string, isNew: boolean): Promise<void> {
    // Before the credential: one that comes in between is met once more rather than never.
    const installation = (await vault.load(memberId))?.installation;
    const credential = await createAppCredential({ ...options, memberId });
    portals.get(memberId)?.portal.rest.close();
    const portal: Portal = {
      rest: connect(credential),
      memberId,
      get origin() {
        return credential.base().origin;
      },
      get domain() {
        return credential.base().host;
      },
    };
    portals.set(memberId, { portal, installation });
    for (const meet of meeting) meet(portal, isNew);
    onOpened();
  }

  /** One broken entry must not hide the others. */
  async function openKnown(): Promise<void> {
    for (const memberId of await vault.list()) await open(memberId, false).catch(onFailure);
  }

  async function openIfOther(memberId: string): Promise<void> {
    const known = portals.get(memberId);
    if (!known) return open(memberId, false);
    const tokens = await vault.load(memberId);
    if (tokens && tokens.installation !== known.installation) await open(memberId, false);
  }

  /** Installed by way of another Node-RED, or known although the vault could not be listed yet. */
  function meetLate(memberId: string): Promise<void> {
    const opening = late.get(memberId);
    if (opening) return opening;
    const opened = ready
      .catch(() => undefined)
      .then(() => openIfOther(memberId))
      .catch(onFailure)
      .finally(() => void late.delete(memberId));
    late.set(memberId, opened);
    return opened;
  }

  function drop(memberId: string): void {
    portals.get(memberId)?.portal.rest.close();
    portals.delete(memberId);
  }

  const ready = openKnown();

  return {
    ready,
    all: () => [...portals.values()].map(({ portal }) => portal),
    find: ({ memberId }) => portals.get(memberId)?.portal,
    onPortal(meet) {
      meeting.add(meet);
      for (const { portal } of portals.values()) meet(portal, false);
      return () => void meeting.delete(meet);
    },
    has: (memberId) => portals.has(memberId),
    async knows(memberId) {
      if (!portals.has(memberId) && (await vault.load(memberId))) await meetLate(memberId);
      return portals.has(memberId);
    },
    installed: (memberId) => open(memberId, true),
    async updated(memberId) {
      const known = portals.get(memberId);
      if (!known) return open(memberId, true);
      for (const meet of meeting) meet(known.portal, true);
    },
    drop,
    heardOf(memberId, installation) {
      const known = portals.get(memberId);
      if (!known || known.installation !== installation) meetLate(memberId).catch(onFailure);
    },
    async compareWithVault() {
      const listed = await vault.list();
      for (const memberId of listed) await meetLate(memberId);
      for (const memberId of [...portals.keys()]) {
        // Asked once more: it may have come while the list was read.
        const isGone = !listed.includes(memberId) && (await vault.load(memberId)) === undefined;
        if (isGone) drop(memberId);
      }
    },
  };
}
