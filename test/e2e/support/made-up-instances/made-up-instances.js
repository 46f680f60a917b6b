// Lies in the user folder's nodes and tells the pack's overview of a store that two other processes share.
const { join } = require('node:path');

const hostile = '<img src=x onerror="window.wasHacked = true">';

module.exports = function (RED) {
  const pack = join(RED.settings.userDir, 'node_modules/@bitlane/node-red-bitrix24/dist');
  const { overview } = require(join(pack, 'nodes/runtime/overview'));
  const now = Date.now();

  const versions = { nodeRed: '4.1.2', node: '22.12.0' };
  const retries = (value) => ({ bitlane_retries_total: [{ values: [], value, hits: [], observed: 0 }] });
  const others = [
    {
      ageMs: 2100,
      summary: {
        ...{ id: 'other-1', name: 'bots-b:1880', pack: '0.0.9', startedAt: now - 26 * 3600_000, ...versions },
        ...{ status: 'degraded', portals: ['Shop', hostile], bots: ['Helper'], running: { r1: 3, r2: 1 } },
        ...{ parked: 2, errorCount: 5, metrics: retries(12) },
        errors: [
          {
            ...{ nodeId: 'r1', nodeType: 'bitrix-in', code: 'DIFY_UNREACHABLE', message: '-' },
            ...{ at: now - 30_000, times: 5, params: { reason: 'ECONNREFUSED' } },
          },
        ],
      },
    },
    {
      ageMs: 21_000,
      summary: {
        ...{ id: 'other-2', name: 'bots-c:1880', pack: '0.0.8', startedAt: now - 3600_000, ...versions },
        ...{ status: 'ok', portals: ['Shop'], bots: ['Helper'], running: { r1: 9 } },
        ...{ parked: 0, errorCount: 0, errors: [], metrics: retries(100) },
      },
    },
  ];
  const board = { tell: async () => undefined, list: async () => others };

  const counts = { liveKeys: 310, unreadable: 0, waiting: 9, claimed: 6, dead: 1, oldestAgeMs: 12_000 };
  const stats = { backend: 'redis', state: 'ready', ...counts };
  const view = {
    id: 's9',
    name: 'Redis',
    folder: 'redis://cache.example:6379/0',
    state: 'ready',
    isShared: true,
  };
  const store = { ...view, report: [], deadLetters: 1, parked: 0, lastErrors: [] };
  overview.add('store', () => ({ ...store, stats }), { id: 's9', brief: () => store, board: () => board });
  overview.add('reader', () => ({ id: 'r1', name: 'Questions', waiting: 9, running: 2, isShared: true }), {
    brief: () => ({ id: 'r1', name: 'Questions', waiting: 0, running: 2 }),
  });
  const held = [{ key: 'call-716CC6F5', since: now - 3 * 3600_000 }];
  const connection = { id: 'c1', name: 'Calls', connectionId: 'eag1', list: '["eag1","s9"]', storeId: 's9' };
  overview.add('uploads', () => ({ ...connection, held, count: 2 }));
  overview.noteError({
    ...{ nodeId: 'r1', nodeType: 'bitrix-in', at: now - 65_000, code: 'BITRIX_MOVED', message: '-' },
    params: { host: 'new.example' },
  });
};
