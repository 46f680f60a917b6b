import { backgroundClock } from '../../../lib/store/background-clock';
import type { ToldSummary } from '../../../lib/store/instances';
import { repeat } from '../../../lib/store/maintenance';
import type { Clock } from '../../../lib/core/clock';
import type { Metrics } from '../../../lib/core/metrics';
import type { PackMetricTable } from '../../../lib/core/metric-table';
import { packRedactor } from '../redactor';
import { within } from './asking';
import { readSummary, summaryOf, type InstanceIdentity, type InstanceSummary } from './instance-summary';
import type { Overview } from './overview';

export interface InstancesOptions {
  overview: Overview;
  metrics: Metrics<PackMetricTable>;
  identity: InstanceIdentity;
  clock?: Clock;
}

/** The processes that share a store with this one. */
export interface Instances {
  /** Tells again and again how this one is, until the function is called. */
  start(): () => Promise<void>;
  tell(): Promise<void>;
  /** All of them, this one always among them; undefined where no store can be shared. Never rejects. */
  look(): Promise<readonly Instance[] | undefined>;
}

export interface Instance extends InstanceSummary {
  ageMs: number;
  /** It has not told anything for longer than it should. */
  isSilent: boolean;
  /** The one that is asked. */
  isSelf: boolean;
}

const tellMs = 5000;
const silentAfterMs = 15_000;

export function createInstances(options: InstancesOptions): Instances {
  const { overview, metrics, identity, clock = backgroundClock } = options;

  const ownSummary = async (): Promise<InstanceSummary> =>
    summaryOf(identity, await overview.readBrief(), metrics.values());

  async function tell(): Promise<void> {
    const boards = overview.boards();
    if (boards.length === 0) return;
    const summary = withoutSecrets(await ownSummary());
    // One that is away must not keep it from the others; whoever uses a store says what is wrong with it.
    await Promise.allSettled(boards.map((board) => board.tell(summary)));
  }

  return {
    start: () => repeat(clock, tellMs, tell, () => undefined),
    tell,
    async look() {
      const boards = overview.boards();
      if (boards.length === 0) return undefined;
      const lists = await Promise.all(
        boards.map((board) => within(clock, board.list()).catch((): readonly ToldSummary[] => [])),
      );
      const own = { ...(await ownSummary()), ageMs: 0, isSilent: false, isSelf: true };
      const others = lists.flat().flatMap(readTold);
      return inOrder(namedApart([own, ...freshest(others.filter(({ id }) => id !== own.id))]));
    },
  };
}

function readTold({ summary, ageMs }: ToldSummary): Instance[] {
  const read = readSummary(summary);
  return read ? [{ ...read, ageMs, isSilent: ageMs > silentAfterMs, isSelf: false }] : [];
}

/** Who shares two stores with us has told us twice. */
function freshest(told: readonly Instance[]): Instance[] {
  const found = new Map<string, Instance>();
  for (const one of told) {
    const known = found.get(one.id);
    if (!known || one.ageMs < known.ageMs) found.set(one.id, one);
  }
  return [...found.values()];
}

/** One that was started again keeps its name; the one before it, if it is still remembered, is told apart. */
function namedApart(all: readonly Instance[]): Instance[] {
  const latest = new Map<string, Instance>();
  for (const one of all) {
    const other = latest.get(one.name);
    if (!other || isLater(one, other)) latest.set(one.name, one);
  }
  return all.map((one) =>
    latest.get(one.name) === one ? one : { ...one, name: `${one.name} #${one.id.slice(0, 4)}` },
  );
}

const isLater = (one: Instance, other: Instance): boolean =>
  one.startedAt === other.startedAt ? one.id > other.id : one.startedAt > other.startedAt;

const inOrder = (all: readonly Instance[]): Instance[] =>
  [...all].sort((one, other) => (one.name < other.name ? -1 : 1));

/** Others read it who have not learnt the secrets of this process. */
function withoutSecrets({ id, ...rest }: InstanceSummary): unknown {
  const redact = (_key: string, item: unknown): unknown =>
    typeof item === 'string' ? packRedactor.text(item) : item;
  const plain: unknown = JSON.parse(JSON.stringify(rest, redact));
  return { id, ...(typeof plain === 'object' && plain) };
}
