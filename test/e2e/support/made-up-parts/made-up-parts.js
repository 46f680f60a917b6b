// Lies in the user folder's nodes and tells the pack's overview of parts that do not exist.
const { join } = require('node:path');

const hostile = '<img src=x onerror="window.wasHacked = true">';

module.exports = function (RED) {
  const pack = join(RED.settings.userDir, 'node_modules/@bitlane/node-red-bitrix24/dist');
  const { overview } = require(join(pack, 'nodes/runtime/overview'));
  const now = Date.now();
  const refused = { code: 'BITRIX_AUTH', message: 'HTTP 401' };

  const what = { kind: 'message', bot: 'helper', dialog: 'chat12' };
  let left = [
    { id: 'l1', reason: 'DIFY_UNREACHABLE', what },
    { id: 'l2', reason: 'a sentence of the flow itself', what: { ...what, bot: hostile } },
    { id: 'l3', reason: 'unreadable', what: { kind: '', bot: '', dialog: '' } },
    { id: 'l4', reason: 'BITRIX_REFUSED', what: { kind: 'bot-removed', bot: 'helper', dialog: 'chat900' } },
  ].map((letter) => ({ queue: 'inbox:q', attempts: 3, buriedAt: now - 7 * 60_000, ...letter }));
  const take = async (_queue, id) => {
    const isThere = left.some((letter) => letter.id === id);
    left = left.filter((letter) => letter.id !== id);
    return isThere;
  };
  const letters = {
    list: async (limit) => left.slice(0, limit),
    replay: take,
    discard: take,
    text: async (_queue, id) => `Where is my order ${id}? ${hostile}`,
  };

  const timings = { fsyncs: 40, fsyncMs: { median: 1.4, p99: 23, longest: 31 } };
  const journal = { journalBytes: 420_000, snapshotBytes: 9_000_000, unsyncedBytes: 0, ...timings };
  const counts = { liveKeys: 1250, unreadable: 0, waiting: 9, claimed: 2, oldestAgeMs: 95_000 };
  overview.add(
    'store',
    () => ({
      id: '',
      folder: '/data/bitlane',
      state: 'ready',
      stats: { backend: 'embedded', state: 'ready', ...counts, dead: left.length, journal },
      report: [{ code: 'STORE_CUT', message: 'cut', params: { bytes: 12 } }],
      deadLetters: left.length,
      lastErrors: [],
    }),
    { id: '', letters },
  );
  overview.add('store', () => Promise.reject(new Error('the disk does not answer')), {
    id: 's2',
    name: 'Archive',
  });

  let held = ['call-716CC6F5', hostile].map((key) => ({ key, since: now - 3 * 3600_000 }));
  const settle = async (key) => {
    const isThere = held.some((upload) => upload.key === key);
    held = held.filter((upload) => upload.key !== key);
    return isThere;
  };
  const connection = { id: 'c1', name: 'Calls', connectionId: 'eag1', list: '["eag1",""]' };
  overview.add('uploads', () => ({ ...connection, held, count: held.length + 3 }), { ...connection, settle });

  const called = { title: '+7 701 … 67 → Anna, 2:14', mark: 'externalCall.716CC6F5', at: now - 7_200_000 };
  let failedRows = [{ title: hostile }, called].map((label, place) => ({
    ...{ id: place + 5, ...label, tries: 3, failedAt: now - 900_000 },
    reason: 'AUDIO_MONO: the recording has one channel',
  }));
  let state = 'running';
  const cursorKey = 'sync:calls:shop.bitrix24.com:default';
  const act = async (action, ids) => {
    if (action === 'stop') state = 'idle';
    if (action === 'start') state = 'running';
    if (action === 'retry') failedRows = failedRows.filter(({ id }) => ids && !ids.includes(id));
  };
  const ofCursor = { kind: 'calls', place: 'shop.bitrix24.com', cursor: 'default', position: 1300, gone: 0 };
  const done = { handled: 1240, total: 3000, share: 0.41, sent: 1100, skipped: 133, inFlight: 4, late: 2 };
  const pace = { startedAt: now - 60_000, ratePerMinute: 110, minutesLeft: 16, isHeld: false, givenUp: 0 };
  const last = { id: 1300, title: 'externalCall.716f1cb7', at: now - 30_000 };
  overview.add(
    'cursor',
    () => ({
      ...{
        ...ofCursor,
        ...done,
        ...pace,
        last,
        state,
        failed: failedRows.length + 9,
        failedRows,
        failedMore: 9,
      },
      ...{ id: 'k1', name: '', nodeType: 'voximplant-calls', key: cursorKey },
    }),
    { cursor: { key: cursorKey, act } },
  );

  const portal = { authType: 'webhook', domains: ['shop.bitrix24.com'], refused: 0, state: 'ready' };
  overview.add('portal', () => ({ ...portal, id: 'p1', name: 'Shop', lastEventAt: now - 4000 }));
  const domains = ['one.bitrix24.com', 'two.bitrix24.com'];
  const broken = { authType: 'app', domains, state: 'unusable', refused: 3, lastError: refused };
  overview.add('portal', () => ({ ...portal, ...broken, id: 'p2', name: hostile }));
  const poller = {
    state: 'failing',
    taken: 17,
    failures: 4,
    lastError: { code: 'BITRIX_UNREACHABLE', message: '-' },
  };
  const places = [
    { domain: 'shop.bitrix24.com', botId: 12, state: 'ready' },
    { domain: 'two.bitrix24.com', state: 'failed', lastError: refused },
  ];
  overview.add('bot', () => ({
    id: 'b1',
    name: 'Helper',
    code: 'helper',
    mode: 'fetch',
    portals: places,
    poller,
  }));
  overview.add('reader', () => ({
    id: 'r1',
    name: 'Questions',
    waiting: 9,
    running: 2,
    oldestMs: 95_000,
  }));
  overview.add('reader', () => ({
    id: 'r2',
    name: '',
    waiting: 0,
    running: 0,
    oldestMs: undefined,
  }));

  const error = { nodeId: 'r1', nodeType: 'bitrix-in', at: now - 65_000 };
  overview.noteError({
    ...error,
    code: 'BITRIX_MOVED',
    message: 'It has moved.',
    params: { host: 'new.example' },
  });
  const params = { property: 'domain', expected: '-', why: 'portalDomain' };
  overview.noteError({
    ...error,
    nodeId: 'gone',
    nodeType: 'bitrix-portal',
    code: 'CONFIG_INVALID',
    message: '-',
    params,
  });
  overview.noteError({ ...error, code: 'INTERNAL', message: hostile });
  overview.noteError({ ...error, code: 'INTERNAL', message: hostile });
};
