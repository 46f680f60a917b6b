import { systemClock } from '../../lib/core/clock';
import { createEventIntake, type EventIntake, type IntakeGate } from '../../lib/bitrix24/events/event-intake';
import { nameOf, openWebhook, type WebhookHost } from './webhook';

interface Address {
  intake: EventIntake;
  close: () => void;
}

/** The addresses that are open now, by application: several portals may share one. */
const addresses = new WeakMap<object, Map<string, Address>>();

/** Has what is posted to `/bitrix24/<path>` come to this portal's gate, until the function is called. */
export function receiveEvents(host: WebhookHost, written: string, gate: IntakeGate): () => void {
  const path = nameOf(written) ?? written;
  const open = addresses.get(host.httpNode) ?? new Map<string, Address>();
  addresses.set(host.httpNode, open);
  const address = open.get(path) ?? openAddress(host, path);
  open.set(path, address);
  const leave = address.intake.join(gate);
  return () => {
    leave();
    if (address.intake.gates() > 0 || open.get(path) !== address) return;
    address.close();
    open.delete(path);
  };
}

function openAddress(host: WebhookHost, path: string): Address {
  const intake = createEventIntake(systemClock);
  const close = openWebhook(host, path, {
    receive: (request) => intake.receive(request),
    visit: (query) => intake.visit(query),
  });
  return { intake, close };
}
