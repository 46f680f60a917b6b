import type http from 'node:http';
import type { WireOptions } from './scenario';
import { openStream, type Listener, type StreamPlace } from './wire';

/** All streams that are open, so that a test can send them pings. */
export interface StreamHub {
  open: (response: http.ServerResponse, options: WireOptions) => Listener;
  ping: () => void;
}

export function createStreamHub(place: StreamPlace): StreamHub {
  const open = new Set<Listener>();
  return {
    open(response, options) {
      const listener = openStream(response, options, place);
      open.add(listener);
      listener.onClosed(() => open.delete(listener));
      return listener;
    },
    ping: () => open.forEach((listener) => listener.ping()),
  };
}
