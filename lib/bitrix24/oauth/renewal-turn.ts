import type { Clock } from '../../core/clock';
import type { RenewalLeave } from '../rest/credential';
import type { TokenSlot } from './token-slot';

export interface TurnOptions {
  /** Once the vault holds another one, there is nothing to wait for. */
  overToken: string;
  clock: Clock;
  /** What is still to be done once the work has ended: the turn is kept for it, and nobody waits. */
  rest: () => Promise<void> | undefined;
}

/** The work, in our turn or, when somebody else keeps theirs for too long, without one. */
export type WorkInTurn<T> = (isOurTurn: boolean) => Promise<T>;

const lookAgainMs = 250;
/** The store frees what a dead process held within half a minute. Somebody who is alive that long gets no answer. */
const longestWaitMs = 40_000;
const returnAgainMs = 1000;

/** Nobody else who shares the vault renews meanwhile. What cannot be settled that way is settled afterwards. */
export async function whileOthersWait<T>(
  slot: TokenSlot,
  options: TurnOptions,
  work: WorkInTurn<T>,
): Promise<T> {
  const leave = await leaveOrNews(slot, options);
  try {
    return await work(leave !== undefined);
  } finally {
    const giveBack = async (): Promise<void> => leave && giveBackSurely(leave, options.clock);
    const rest = options.rest();
    if (rest) rest.finally(giveBack).catch(() => undefined);
    else await giveBack();
  }
}

/**
 * None: the pair has been replaced, or the other one takes too long. Rejects while the vault is away: a pair that could
 * not be saved is better not asked for.
 */
async function leaveOrNews(
  slot: TokenSlot,
  { overToken, clock }: TurnOptions,
): Promise<RenewalLeave | undefined> {
  // Reckoned by the waits: the wall clock may jump.
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    const leave = await slot.leaveToRenew();
    if (leave || waitedMs >= longestWaitMs) return leave;
    await clock.sleep(lookAgainMs);
    if ((await slot.reload())?.accessToken !== overToken) return undefined;
  }
}

/** Nobody waits for more than the first try. While the vault is away, nobody could be let in either. */
async function giveBackSurely(leave: RenewalLeave, clock: Clock): Promise<void> {
  try {
    await leave.giveBack();
  } catch {
    giveBackLater(leave, clock).catch(() => undefined);
  }
}

async function giveBackLater(leave: RenewalLeave, clock: Clock): Promise<void> {
  for (;;) {
    await clock.sleep(returnAgainMs);
    const isBack = await leave.giveBack().then(
      () => true,
      () => false,
    );
    if (isBack) return;
  }
}
