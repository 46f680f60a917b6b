import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { createEventIntake, type EventDesk, type EventIntake } from '../../lib/bitrix24/event-intake';
import { openWebhook } from './webhook';

interface Address {
  intake: EventIntake;
  close: () => void;
}

/** The addresses that are open now, by application: several portals may share one. */
const addresses = new WeakMap<object, Map<string, Address>>();

/** Has the events posted to `/bitrix24/<path>` come to this portal's desk, until the function is called. */
export function receiveEvents(RED: NodeAPI, path: string, desk: EventDesk): () => void {
  const open = addresses.get(RED.httpNode) ?? new Map<string, Address>();
  addresses.set(RED.httpNode, open);
  const address = open.get(path) ?? openAddress(RED, path);
  open.set(path, address);
  const leave = address.intake.join(desk);
  return () => {
    leave();
    if (address.intake.portals() > 0 || open.get(path) !== address) return;
    address.close();
    open.delete(path);
  };
}

function openAddress(RED: NodeAPI, path: string): Address {
  const intake = createEventIntake(systemClock);
  const close = openWebhook(RED, path, {
    receive: async ({ type, body }) => intake.receive(type, body),
    describe: () => `Bitlane listens here for the events of Bitrix24. Portals: ${intake.portals()}.\n`,
  });
  return { intake, close };
}
