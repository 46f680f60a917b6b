import { pick, roll, rollBelow } from '../../shared/dice';
import { reasonOf, recordName, type CallCard, type CallType, type RecordCard } from './call-card';
import { builtInCallId, externalCallId } from './call-ids';
import { firstFileOf } from './file-ids';

/** Shares are "one call in so many"; 0 for none. */
export interface SeedInit {
  count: number;
  seed?: number;
  /** When the first call began; default ninety days ago. */
  from?: number;
  /** When the last call begins at the latest; default now. */
  to?: number;
  operators?: readonly number[];
  portalNumbers?: readonly string[];
  longestSeconds?: number;
  /** Written down up to two days after they took place. Default 50. */
  lateEvery?: number;
  /** Begun in the same second as the call before. Default 20. */
  sameSecondEvery?: number;
  /** Did not take place. Default 6. */
  failedEvery?: number;
  /** Default 5. */
  monoEvery?: number;
  /** Info calls of a robot without an operator. Default 40. */
  robotEvery?: number;
  /** Of another telephone system. Default 8. */
  externalEvery?: number;
  /** Of those of another system: the recording lies at `recordHost` and not on the drive. Default 3. */
  recordUrlEvery?: number;
  recordHost?: string;
  /** Whose recording comes `lateRecordMs` after `to`. Default 0. */
  lateRecordEvery?: number;
  lateRecordMs?: number;
}

export type SeedPlan = Required<Omit<SeedInit, 'operators' | 'portalNumbers'>> & {
  operators: readonly [number, ...number[]];
  portalNumbers: readonly [string, ...string[]];
  firstId: number;
};

/** Seeded calls are with clients 1 to this. */
export const seededClients = 200;
const second = 1000;
const day = 86_400 * second;
const failures = ['304', '603', '603-S', '486', '480', '404', 'OTHER', '402', '503'] as const;

export function planSeed(init: SeedInit, firstId: number, now: number): SeedPlan {
  const [operator = 7, ...operators] = init.operators ?? [7, 9];
  const [line = 'reg133788', ...lines] = init.portalNumbers ?? ['reg133788', 'sip12', '+74950000001'];
  const to = init.to ?? now;
  return {
    seed: 1,
    from: init.from ?? to - 90 * day,
    to,
    longestSeconds: 300,
    lateEvery: 50,
    sameSecondEvery: 20,
    failedEvery: 6,
    monoEvery: 5,
    robotEvery: 40,
    externalEvery: 8,
    recordUrlEvery: 3,
    recordHost: 'http://pbx.example',
    lateRecordEvery: 0,
    lateRecordMs: 600_000,
    ...init,
    operators: [operator, ...operators],
    portalNumbers: [line, ...lines],
    firstId,
  };
}

/** Made anew each time it is asked for, and always the same: a hundred thousand calls take no room. */
export function seededCall(plan: SeedPlan, index: number): CallCard {
  const id = plan.firstId + index;
  const dice = (sides: number, place: number): number => rollBelow(sides, plan.seed, id, place);
  const falls = (every: number, place: number): boolean => every > 0 && dice(every, place) === 0;
  const isRobot = falls(plan.robotEvery, 1);
  const isExternal = !isRobot && falls(plan.externalEvery, 2);
  const failedCode = falls(plan.failedEvery, 3) ? pick(failures, dice(1000, 4)) : '200';
  const startedAt = startOf(plan, index, falls);
  const phone = `+79${String(100_000_000 + (roll(plan.seed, dice(9000, 5)) % 800_000_000))}`;
  const duration = failedCode === '200' ? 3 + (dice(1000, 6) % plan.longestSeconds) : 0;
  const atPbx = isExternal && failedCode === '200' && falls(plan.recordUrlEvery, 7);
  const callId = (isExternal ? externalCallId : builtInCallId)(plan.seed, id, startedAt);
  return {
    id,
    callId,
    type: isRobot ? 5 : typeOf(dice(20, 8)),
    operatorId: isRobot ? 0 : pick(plan.operators, dice(1000, 9)),
    portalNumber: isExternal ? 'REST_APP:3' : pick(plan.portalNumbers, dice(1000, 10)),
    phone,
    externalCallId: isExternal ? `pbx-${plan.seed}-${id}` : null,
    startedAt,
    duration,
    failedCode,
    failedReason: reasonOf(failedCode),
    crm: crmOf(dice(10, 11), dice(seededClients, 12)),
    activityId: 5000 + id,
    app: isExternal ? { id: 3, name: 'Telephone bridge' } : undefined,
    sessionId: isExternal ? null : 3_841_000_000 + id,
    vote: dice(10, 13) === 0 ? 1 + dice(5, 14) : null,
    cost: isExternal ? '0.0000' : `${(duration * 0.021).toFixed(4)}`,
    currency: isExternal ? '' : 'RUR',
    comment: dice(30, 15) === 0 ? 'Call back tomorrow' : null,
    redialAttempt: null,
    transcriptId: null,
    recordUrl: atPbx ? `${plan.recordHost}/records/${callId}.wav` : isExternal ? null : '',
    record: duration === 0 || atPbx ? undefined : recordOf(plan, id, { startedAt, duration, phone }, falls),
  };
}

type Falls = (every: number, place: number) => boolean;

function startOf(plan: SeedPlan, index: number, falls: Falls): number {
  const evenly = (place: number): number =>
    plan.from + ((plan.to - plan.from) * place) / Math.max(1, plan.count);
  // The neighbour's own jumps are not looked at: it is enough that most of these share a second.
  const even = falls(plan.sameSecondEvery, 20) ? evenly(Math.max(0, index - 1)) : evenly(index);
  const late = falls(plan.lateEvery, 21)
    ? 3_600_000 + rollBelow(2 * 86_400, plan.seed, plan.firstId + index, 22) * second
    : 0;
  return Math.floor((even - late) / second) * second;
}

function typeOf(rolled: number): CallType {
  if (rolled < 9) return 2;
  if (rolled < 17) return 1;
  return rolled < 19 ? 3 : 4;
}

function crmOf(rolled: number, id: number): CallCard['crm'] {
  if (rolled < 6) return { type: 'CONTACT', id: id + 1 };
  if (rolled === 6) return { type: 'COMPANY', id: id + 1 };
  return rolled === 7 ? { type: 'LEAD', id: id + 1 } : undefined;
}

function recordOf(
  plan: SeedPlan,
  id: number,
  { startedAt, duration, phone }: Pick<CallCard, 'startedAt' | 'duration' | 'phone'>,
  falls: Falls,
): RecordCard {
  return {
    fileId: firstFileOf(id),
    name: recordName(startedAt, phone, 'wav'),
    seconds: Math.max(1, duration - 1),
    channels: falls(plan.monoEvery, 23) ? 1 : 2,
    readyAt: falls(plan.lateRecordEvery, 24) ? plan.to + plan.lateRecordMs : startedAt,
  };
}
