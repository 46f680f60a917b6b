import type { Clock } from '../../core/clock';
import { BitlaneError, InvalidError } from '../../core/errors';
import { expiredAnswer } from '../page/page-answer';
import { decodeForm, decodeJson } from './event-body';
import type { BitrixEvent } from './event';
import type { EventGate } from './event-desk';
import { tokensInEvent } from './event-tokens';
import { normaliseEvent, openEnvelope, type Envelope } from './envelope';

export interface IntakeRequest {
  type: 'form' | 'json';
  /** The raw text, or what an outer application has decoded already. */
  body: string | { decoded: unknown };
  query?: unknown;
  /** Of the page inside the portal: whose session it is. */
  bearer?: string | undefined;
}

export interface IntakeAnswer {
  status: number;
  text: string;
  headers?: Readonly<Record<string, string>>;
}

export interface IntakeGate extends EventGate {
  /** For what comes to an app's address and is no event of a bot: installation, update, removal. */
  receiveApp?(request: { body: unknown; query: unknown }): Promise<IntakeAnswer | undefined>;
  receiveReturn?(query: unknown): Promise<IntakeAnswer | undefined>;
  /** For what the page inside the portal asks; undefined when the bearer is of nobody here. */
  receivePage?(request: { bearer: string; body: unknown }): Promise<IntakeAnswer | undefined>;
  /** Somebody who says that they are this portal had a wrong token. */
  onRefused?(envelope: Envelope): void;
  /** Nobody has asked for the events of this bot. */
  onUnwanted?(event: BitrixEvent): void;
  /** Another portal node wants this event as well. */
  onShared?(event: BitrixEvent): void;
}

export interface IntakeCounts {
  received: number;
  refused: number;
  malformed: number;
  /** Believed and wanted, but there was no place to keep them; nobody promises that the portal sends them again. */
  unavailable: number;
}

export interface EventIntake {
  /** Several portals may share an address; the function that comes back takes this one off. */
  join(gate: IntakeGate): () => void;
  receive(request: IntakeRequest): Promise<IntakeAnswer>;
  /** A browser: somebody who looks whether we are here, or who comes back from an authorisation link. */
  visit(query: unknown): Promise<IntakeAnswer>;
  gates(): number;
  counts(): Readonly<IntakeCounts>;
}

/**
 * From the bytes of a webhook to the portal node that really was meant. `deployed` resolves when no deploy is under way:
 * then the nodes that were closed in the middle of a question have their successors.
 */
export function createEventIntake(
  clock: Clock,
  deployed: () => Promise<void> = () => Promise.resolve(),
): EventIntake {
  const gates = new Set<IntakeGate>();
  const counts: IntakeCounts = { received: 0, refused: 0, malformed: 0, unavailable: 0 };

  async function receiveApp(body: unknown, query: unknown): Promise<IntakeAnswer | undefined> {
    let refusal: IntakeAnswer | undefined;
    for (const gate of gates) {
      if (!gate.receiveApp) continue;
      const answer = await gate.receiveApp({ body, query });
      if (answer && answer.status < 400) return answer;
      refusal ??= answer;
    }
    return refusal;
  }

  async function receivePage(bearer: string, body: unknown): Promise<IntakeAnswer> {
    for (const gate of gates) {
      const answer = await gate.receivePage?.({ bearer, body });
      if (answer) return answer;
    }
    return expiredAnswer;
  }

  async function receiveEvent(body: unknown, isSecondTime = false): Promise<IntakeAnswer> {
    const envelope = openOrUndefined(body);
    if (!envelope) {
      counts.malformed += 1;
      return { status: 400, text: 'not an event of Bitrix24' };
    }
    const believing = await gatesThatBelieve(envelope, body);
    const [first] = believing;
    if (!first) {
      counts.refused += 1;
      for (const one of gates) one.onRefused?.(envelope);
      return { status: 401, text: 'unknown sender' };
    }
    if (!believing.every((gate) => gates.has(gate))) return afterDeploy(body, isSecondTime);
    counts.received += 1;
    const receivedAt = new Date(clock.now()).toISOString();
    for (const event of normaliseEvent(envelope, 'webhook', receivedAt)) {
      const wanting = believing.filter((gate) => gate.wants(event));
      if (wanting.length > 1) for (const gate of wanting) gate.onShared?.(event);
      if (wanting.length === 0) first.onUnwanted?.(event);
      if (!wanting[0]) continue;
      await wanting[0].deliver(event, tokensInEvent(body, event.bot.code));
    }
    return { status: 200, text: '' };
  }

  /** Closed by a deploy while it was asked: the nodes that come in its place will know. */
  async function afterDeploy(body: unknown, isSecondTime: boolean): Promise<IntakeAnswer> {
    if (isSecondTime) return notKept();
    await deployed();
    return gates.size > 0 ? receiveEvent(body, true) : notKept();
  }

  function notKept(): IntakeAnswer {
    counts.unavailable += 1;
    return { status: 503, text: 'this event cannot be kept now', headers: { 'Retry-After': '5' } };
  }

  /**
   * Every gate is asked, so that the time taken says nothing about which one knew the token. Where one believes it,
   * others need not be able to tell; where none does, the event is only a stranger's when all of them could.
   */
  async function gatesThatBelieve(envelope: Envelope, body: unknown): Promise<IntakeGate[]> {
    const all = [...gates];
    const verdicts = await Promise.allSettled(all.map((gate) => gate.accepts(envelope, body)));
    const believing = all.filter((_, place) => {
      const verdict = verdicts[place];
      return verdict?.status === 'fulfilled' && verdict.value;
    });
    const failed = verdicts.find((verdict) => verdict.status === 'rejected');
    if (believing.length === 0 && failed) throw failed.reason;
    return believing;
  }

  return {
    join(gate) {
      gates.add(gate);
      return () => void gates.delete(gate);
    },
    async receive({ type, body, query, bearer }) {
      // A form can be sent by the page of any other site.
      if (bearer !== undefined && type !== 'json') return { status: 415, text: '' };
      const decoded = decodeOrUndefined(type, body);
      if (decoded === undefined) {
        counts.malformed += 1;
        return { status: 400, text: 'this body cannot be read' };
      }
      if (bearer !== undefined) return receivePage(bearer, decoded);
      try {
        return (await receiveApp(decoded, query)) ?? (await receiveEvent(decoded));
      } catch (thrown) {
        // A store that cannot be asked whom to believe is like one that cannot keep the event.
        if (thrown instanceof BitlaneError) return notKept();
        throw thrown;
      }
    },
    async visit(query) {
      for (const gate of gates) {
        const answer = await gate.receiveReturn?.(query);
        if (answer) return answer;
      }
      const { received, refused, malformed, unavailable } = counts;
      const told = `Events taken: ${received}, refused: ${refused}, unreadable: ${malformed}, not kept: ${unavailable}.`;
      const text = `Bitlane listens here for the events of Bitrix24. Portal nodes: ${gates.size}. ${told}\n`;
      return { status: 200, text };
    },
    gates: () => gates.size,
    counts: () => ({ ...counts }),
  };
}

function decodeOrUndefined(type: 'form' | 'json', body: string | { decoded: unknown }): unknown {
  if (typeof body !== 'string') return body.decoded ?? undefined;
  return orUndefined(() => (type === 'form' ? decodeForm(body) : decodeJson(body)));
}

function openOrUndefined(body: unknown): Envelope | undefined {
  return orUndefined(() => openEnvelope(body));
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof InvalidError) return undefined;
    throw thrown;
  }
}
