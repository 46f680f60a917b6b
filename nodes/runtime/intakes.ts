import { systemClock } from '../../lib/core/clock';
import { CancelledError } from '../../lib/core/errors';
import { createIntake, type Intake } from '../../lib/conversation/intake/intake';
import type { Inbox } from '../../lib/conversation/inbox/types';
import type { StandIn } from '../../lib/store/offer';

/** A portal node whose events go this way. */
export interface IntakeUser {
  /** Of the portal node; the one that is made anew by a deploy has the same. */
  id: string;
  inbox(): Promise<Inbox>;
  /** For the log: a key of the catalogue. */
  say(key: string, params?: Readonly<Record<string, string | number>>): void;
}

interface OpenIntake {
  intake: Intake;
  users: Set<IntakeUser>;
}

/** One for each folder, however many portal nodes use it. */
const intakes = new Map<string, OpenIntake>();

export interface JoinedIntake {
  readonly intake: Intake;
  leave(): void;
}

export function joinIntake(standIn: StandIn, user: IntakeUser): JoinedIntake {
  const open = intakes.get(standIn.folder) ?? openIntake(standIn, user);
  open.users.add(user);
  return {
    intake: open.intake,
    leave() {
      if (!open.users.delete(user) || open.users.size > 0) return;
      open.intake.close();
      if (intakes.get(standIn.folder) === open) intakes.delete(standIn.folder);
    },
  };
}

/** Whether somebody here moves what waits in this folder. */
export function isIntakeOpen(folder: string): boolean {
  return intakes.has(folder);
}

/** Events of this process that wait for their store to come back. */
export function eventsWaitingIn(folder: string): number {
  return intakes.get(folder)?.intake.waiting() ?? 0;
}

function openIntake(standIn: StandIn, first: IntakeUser): OpenIntake {
  const users = new Set([first]);
  const last = (): IntakeUser => {
    const user = [...users].at(-1);
    if (!user) throw new CancelledError('the flows were stopped');
    return user;
  };
  /** What waited for a portal node that is gone goes the way of the others: whoever has this folder has the same store. */
  const userOf = (via: string): IntakeUser | undefined => [...users].findLast(({ id }) => id === via);
  const intake = createIntake({
    clock: systemClock,
    inbox: async (via) => (userOf(via) ?? last()).inbox(),
    local: standIn,
    listeners: {
      onBegin: () => last().say('bitrix-portal.local.begin'),
      onEnd: (count) => last().say('bitrix-portal.local.end', { count }),
    },
  });
  const open = { intake, users };
  intakes.set(standIn.folder, open);
  return open;
}
