import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { createEventIntake, type EventIntake, type IntakeGate } from '../../lib/bitrix24/events/event-intake';
import { flowsPhaseOf, type FlowsPhase } from './flows-phase';
import { metrics } from './overview';
import { nameOf, openWebhook, type WebhookAnswer, type WebhookHost, type WebhookRequest } from './webhook';

interface Address {
  intake: EventIntake;
  close: () => void;
}

/** The addresses that are open now, by application: several portals may share one. */
const addresses = new WeakMap<object, Map<string, Address>>();

/**
 * What may wait for the end of a deploy, so that no flood fills the memory. Nobody promises to bring back what is turned
 * away: for Bitrix24 an event that was refused has been delivered.
 */
const MOST_WAITING = 2000;
const MOST_WAITING_CHARACTERS = 32 * 1024 * 1024;
const TURNED_AWAY: WebhookAnswer = { status: 503, text: 'being deployed', headers: { 'Retry-After': '5' } };

/**
 * Has what is posted to `/bitrix24/<path>` come to this portal's gate, until the function is called. In the middle of
 * a deploy the address stays open, and whoever posts waits: the nodes that would take the event are coming back.
 */
export function receiveEvents(
  RED: WebhookHost & Pick<NodeAPI, 'events'>,
  written: string,
  gate: IntakeGate,
): () => void {
  const phase = flowsPhaseOf(RED);
  const path = nameOf(written) ?? written;
  const open = addresses.get(RED.httpNode) ?? new Map<string, Address>();
  addresses.set(RED.httpNode, open);
  const address = open.get(path) ?? openAddress(RED, path, phase);
  open.set(path, address);
  const leave = address.intake.join(gate);

  const closeIfUnused = (): void => {
    if (address.intake.gates() > 0 || open.get(path) !== address) return;
    address.close();
    open.delete(path);
  };
  return () => {
    leave();
    phase.settled().then(closeIfUnused, closeIfUnused);
  };
}

function openAddress(host: WebhookHost, path: string, phase: FlowsPhase): Address {
  const intake = createEventIntake(systemClock, () => phase.settled());
  let waiting = 0;
  let characters = 0;
  const afterDeploy = async (request: WebhookRequest): Promise<WebhookAnswer> => {
    if (phase.isSettled()) return intake.receive(request);
    const size = typeof request.body === 'string' ? request.body.length : 0;
    if (waiting >= MOST_WAITING || characters + size > MOST_WAITING_CHARACTERS) return TURNED_AWAY;
    waiting += 1;
    characters += size;
    try {
      await phase.settled();
    } finally {
      waiting -= 1;
      characters -= size;
    }
    return intake.gates() > 0 ? intake.receive(request) : TURNED_AWAY;
  };
  const close = openWebhook(host, path, {
    async receive(request) {
      const from = performance.now();
      const answer = await afterDeploy(request);
      // What a person does on the page inside the portal is no event.
      if (request.bearer !== undefined) return answer;
      if (answer.status === 200) metrics.observe('bitlane_ack_seconds', (performance.now() - from) / 1000);
      if (answer.status === 401) metrics.count('bitlane_events_refused_total');
      return answer;
    },
    visit: (query) => intake.visit(query),
  });
  return { intake, close };
}
