import type { BotOfHub, PortalHub } from '../../lib/bitrix24/hub/hub';

const never = (): never => {
  throw new Error('nobody should ask this');
};

/** A hub of no portal, for tests that only want to tell one hub from another. */
export function madeUpHub(): PortalHub {
  return {
    ...{ kind: 'webhook' as const, path: 'events', store: never, fileHttp: never },
    ...{ portals: () => [], find: () => undefined, onPortal: never, subscribe: never },
    ...{ deliver: never, readerOf: () => undefined, backlog: never },
  };
}

export function madeUpBotOfHub(hub: PortalHub, code: string): BotOfHub {
  return { hub, code, apiVersion: 'v2', botToken: undefined, publicUrl: '', idOn: () => undefined };
}
