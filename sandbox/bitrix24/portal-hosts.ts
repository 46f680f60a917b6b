import { listen, type Answerer, type Listener } from '../shared/http-listener';

/** The addresses that the portal answers at: one, and after a rename the old ones, which only redirect. */
export interface PortalHosts {
  current: () => Listener;
  /** Opens a new address and makes every older one point there. */
  rename: () => Promise<Listener>;
  /** From now on the present address points elsewhere. */
  moveTo: (origin: string) => void;
  stop: () => Promise<void>;
}

export async function openHosts(
  answererFor: (movedTo: () => string | undefined) => Answerer,
  port = 0,
): Promise<PortalHosts> {
  const hosts: { listener: Listener; point: (origin: string) => void }[] = [];

  async function open(ownPort = 0): Promise<Listener> {
    let movedTo: string | undefined;
    const listener = await listen(
      answererFor(() => movedTo),
      ownPort,
    );
    hosts.push({ listener, point: (origin) => (movedTo = origin) });
    return listener;
  }

  let current = await open(port);

  function pointAll(origin: string): void {
    for (const host of hosts) if (host.listener.origin !== origin) host.point(origin);
  }

  return {
    current: () => current,
    async rename() {
      current = await open();
      pointAll(current.origin);
      return current;
    },
    moveTo: pointAll,
    stop: async () => {
      await Promise.all(hosts.map((host) => host.listener.stop()));
    },
  };
}
