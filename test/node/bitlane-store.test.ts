import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { at, textAt } from '../../lib/core/fields';
import registerPortal from '../../nodes/config/bitrix-portal/bitrix-portal';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import { portalKind, storeKind } from '../../nodes/runtime/kinds';
import { findStore, type StoreOffer } from '../../nodes/runtime/stores';
import { startRedis, type RedisServer } from '../support/redis';
import { storesClosed } from '../support/stores-closed';
import { until } from '../support/until';

interface FlowItem extends TestFlowsItem {
  [property: string]: unknown;
}

const markerKey = 'marker-encryption-key-4711';
const webhookUrl = 'http://127.0.0.1:9/rest/1/markersecret/';

describe('bitlane-store', () => {
  let userDir: string;
  const userDirs: string[] = [];
  const statuses: unknown[] = [];
  const noteStatus = (event: unknown): void => void statuses.push(event);

  before(async () => {
    helper.init(require.resolve('node-red'));
    await Promise.resolve(helper.startServer());
  });
  after(async () => {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    for (const each of userDirs) {
      await storesClosed(each);
      rmSync(each, { recursive: true, force: true });
    }
  });
  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-store-node-'));
    userDirs.push(userDir);
    helper.settings({ userDir });
    statuses.length = 0;
  });
  // Their stores linger; nobody waits for each of them.
  afterEach(() => Promise.resolve(helper.unload()));

  async function load(flow: FlowItem[], credentials: Record<string, object> = {}): Promise<void> {
    const watch = (RED: NodeAPI): void =>
      void RED.events.removeListener('node-status', noteStatus).on('node-status', noteStatus);
    const nodes = [watch, registerStore, registerPortal];
    await Promise.resolve(helper.load(nodes, [{ id: 'tab', type: 'tab' }, ...flow], credentials));
  }

  const store = (changes: object = {}): FlowItem => ({ id: 'store', type: 'bitlane-store', ...changes });
  const portal = (changes: object = {}): FlowItem => ({
    ...{ id: 'portal', type: 'bitrix-portal', authType: 'webhook', path: 'events' },
    ...changes,
  });
  const offerOf = (id: string): StoreOffer =>
    storeKind.offers.get(helper.getNode(id))?.value ?? assert.fail(`${id} offers no store`);
  const folder = (): string => join(userDir, 'bitlane');
  const statusOf = (id: string): unknown =>
    at(
      statuses.findLast((one) => textAt(one, 'id') === id),
      'status',
    );
  const logged = (): string =>
    helper
      .log()
      .args.map(([entry]: unknown[]) => textAt(entry, 'msg', 'message') ?? textAt(entry, 'msg') ?? '')
      .join('\n');

  async function press(
    action: string,
    form: object,
  ): Promise<{ ok: unknown; message: string; text: string }> {
    const response = await helper.request().post(`/bitlane/bitlane-store/${action}`).send(form);
    assert.equal(response.status, 200);
    return {
      ok: at(response.body, 'ok'),
      message: textAt(response.body, 'message') ?? '',
      text: response.text,
    };
  }

  it('offers a store in the user folder, with the limits that the contract names', async () => {
    await load([store()]);
    const { source, ...limits } = offerOf('store');
    assert.deepEqual(
      { ...limits, onState: undefined },
      { keyPrefix: 'bitbot', eventMaxAgeMs: 3_600_000, deadLetterMs: 1_209_600_000, onState: undefined },
    );
    await (await source()).set('kept', 1, { durable: true });
    assert.ok(existsSync(join(folder(), 'lock')));
    assert.equal(statSync(`${folder()}.key`).mode & 0o777, 0o600);
    await until(() => textAt(statusOf('store'), 'fill') === 'green', 'the store to be ready');
  });

  it('has the limits and the folder that are set, also as texts and from a variable', async () => {
    process.env.BITLANE_TEST_FOLDER = join(userDir, 'own');
    await load([
      store({
        ...{ folder: '${BITLANE_TEST_FOLDER}', keyPrefix: 'mine' },
        ...{ eventMaxAgeMinutes: '0.5', deadLetterDays: '2' },
      }),
      store({ id: 'relative', folder: 'data/of-bots' }),
    ]);
    delete process.env.BITLANE_TEST_FOLDER;
    const { source, keyPrefix, eventMaxAgeMs, deadLetterMs } = offerOf('store');
    assert.deepEqual([keyPrefix, eventMaxAgeMs, deadLetterMs], ['mine', 30_000, 172_800_000]);
    await source();
    await offerOf('relative').source();
    assert.ok(existsSync(join(userDir, 'own', 'lock')));
    assert.ok(existsSync(join(userDir, 'data', 'of-bots', 'lock')));
    assert.ok(!existsSync(folder()));
  });

  describe('in a Redis', () => {
    const credentials = (redisUrl: string) => ({ redisUrl, encryptionKey: markerKey });
    const report = {
      ...{ perSecond: 2, bucket: 50, usable: 45, need: 1, spare: 0 },
      ...{ back: 0, taken: 0, accepted: 0, era: 0, least: 0, refusal: undefined },
    };
    let redis: RedisServer;
    before(async () => void (redis = await startRedis()));
    after(() => redis.stop());

    it('offers what all with its address may ask of a portal, unless each has its own', async () => {
      await load(
        [
          store({ backend: 'redis' }),
          store({ id: 'own', backend: 'redis', sharedAddress: false, keyPrefix: 'apart' }),
          store({ id: 'files', sharedAddress: true }),
        ],
        { store: credentials(redis.url), own: credentials(redis.url) },
      );
      const { source, sharedBudget } = offerOf('store');
      await source();
      const grant = await sharedBudget?.settle('https://portal', report);
      assert.deepEqual([grant?.granted, grant?.level], [1, 1]);
      assert.equal(offerOf('own').sharedBudget, undefined);
      assert.equal(offerOf('files').sharedBudget, undefined);
    });

    it('has to be told one or the other', async () => {
      const unclear = store({ backend: 'redis', sharedAddress: 'perhaps' });
      await load([unclear], { store: credentials(redis.url) });
      assert.match(logged(), /sharedAddress/);
      assert.equal(textAt(statusOf('store'), 'text'), 'bitlane.brief.CONFIG_INVALID');
    });

    it('keeps nobody waiting for a Redis that is not there', async () => {
      await load([store({ backend: 'redis' })], { store: credentials('redis://127.0.0.1:9') });
      const settled = offerOf('store').sharedBudget?.settle('https://portal', report);
      await assert.rejects(settled ?? Promise.resolve(), { code: 'STORE_UNAVAILABLE' });
    });
  });

  const unusable: [what: string, changes: object, property: RegExp][] = [
    ['a Redis and a prefix with a brace', { backend: 'redis', keyPrefix: '{bots}' }, /prefix has a brace/],
    ['a backend that nobody knows', { backend: 'sqlite' }, /backend must be embedded, redis/],
    ['an age of nothing', { eventMaxAgeMinutes: 0 }, /eventMaxAgeMinutes/],
    ['an age that is no number', { eventMaxAgeMinutes: 'an hour' }, /eventMaxAgeMinutes/],
    ['more days than ten years', { deadLetterDays: 4000 }, /deadLetterDays/],
    ['a prefix with a blank', { keyPrefix: 'my bots' }, /key prefix has a blank/],
  ];
  for (const [what, changes, expected] of unusable) {
    it(`with ${what} says so, and so does a portal that uses it`, async () => {
      await load([store(changes), portal({ store: 'store' })], { portal: { webhookUrl } });
      assert.match(logged(), expected);
      assert.equal(textAt(statusOf('store'), 'text'), 'bitlane.brief.CONFIG_INVALID');
      assert.equal(textAt(statusOf('portal'), 'text'), 'bitlane.brief.CONFIG_UNUSABLE');
      assert.ok(!existsSync(folder()));
    });
  }

  it('with the folder of another store node shares its store; a differing key is reported on the second', async () => {
    await load([store(), store({ id: 'second' }), store({ id: 'third' })], {
      store: { encryptionKey: markerKey },
      third: { encryptionKey: `${markerKey}-another` },
    });
    assert.equal(await offerOf('store').source(), await offerOf('second').source());
    assert.equal(textAt(statusOf('third'), 'text'), 'bitlane.brief.CONFIG_INVALID');
    assert.match(logged(), /another key/);
    assert.doesNotMatch(logged(), /marker/);
  });

  it('with a key that is too short says so without repeating it', async () => {
    await load([store()], { store: { encryptionKey: 'marker-tooshort' } });
    assert.equal(textAt(statusOf('store'), 'text'), 'bitlane.brief.CONFIG_INVALID');
    assert.doesNotMatch(logged(), /marker/);
  });

  it('goes on with one open store through ten deploys', async () => {
    await load([store()]);
    const opened = await offerOf('store').source();
    for (let deploy = 0; deploy < 10; deploy += 1) {
      await Promise.resolve(helper.unload());
      await load([store({ name: `deploy ${deploy}` })]);
      assert.equal(await offerOf('store').source(), opened);
    }
    assert.equal(readdirSync(folder()).filter((name) => name.startsWith('journal')).length, 1);
  });

  it('that cannot be opened is red with the reason, and green by itself once that is mended', async function () {
    writeFileSync(folder(), 'a file where the folder should be');
    await load([store(), portal()], { portal: { webhookUrl } });
    for (const id of ['store', 'portal']) {
      await until(
        () => textAt(statusOf(id), 'text') === 'bitlane.brief.STORE_UNAVAILABLE',
        `the trouble at ${id}`,
      );
    }
    assert.match(logged(), /EEXIST|ENOTDIR/);
    rmSync(folder());
    for (const id of ['store', 'portal']) {
      await until(() => textAt(statusOf(id), 'fill') === 'green', `${id} to recover`);
    }
    await (await offerOf('store').source()).set('works', 1, { durable: true });
  });

  it('with its key lost says how many entries cannot be read, and keeps the rest', async () => {
    await load([store()]);
    const first = await offerOf('store').source();
    await first.set('token', 'sealed', { sealed: true, durable: true });
    await first.set('session', 'open', { durable: true });
    await Promise.resolve(helper.unload());
    await storesClosed(userDir);
    rmSync(`${folder()}.key`);
    await load([store()]);
    await until(() => textAt(statusOf('store'), 'text') === 'bitlane.brief.STORE_KEY_LOST', 'the lost key');
    assert.equal(await (await offerOf('store').source()).get('session'), 'open');
    const answer = await press('check', { id: 'store', credentials: {} });
    assert.match(answer.message, /bitlane-store\.check\.unreadable/);
  });

  describe('Check connection', () => {
    it('asks an open store how it is', async () => {
      await load([store()]);
      await (await offerOf('store').source()).set('kept', 1, { durable: true });
      const { ok, message, text } = await press('check', { id: 'store', folder: '', credentials: {} });
      assert.equal(ok, true);
      assert.equal(message, 'bitlane-store.check.open bitlane-store.check.kept bitlane-store.check.disk');
      const details: unknown = at(JSON.parse(text), 'details');
      assert.deepEqual([at(details, 'liveKeys'), at(details, 'folder')], [1, folder()]);
      assert.ok(Number(at(details, 'freeBytes')) > 0);
    });

    it('tries a folder that is not in use, and leaves nothing behind', async () => {
      await load([store()]);
      const inner = join(userDir, 'a', 'b', 'c');
      const { ok, message } = await press('check', { folder: inner, credentials: {} });
      assert.deepEqual([ok, message], [true, 'bitlane-store.check.closed bitlane-store.check.disk']);
      assert.ok(!existsSync(join(userDir, 'a')));
      mkdirSync(inner, { recursive: true });
      await press('check', { folder: inner, credentials: {} });
      assert.deepEqual(readdirSync(inner), []);
      assert.equal(findStore(inner), undefined);
    });

    it('says no for a folder that cannot be written, a setting that is wrong and a key that is too short', async () => {
      await load([]);
      writeFileSync(join(userDir, 'file'), '');
      const noFolder = await press('check', { folder: join(userDir, 'file', 'x'), credentials: {} });
      assert.deepEqual([noFolder.ok, /ENOTDIR/.test(noFolder.message)], [false, true], noFolder.message);
      for (const form of [
        { backend: 'redis', credentials: {} },
        { deadLetterDays: 'soon', credentials: {} },
        { credentials: { encryptionKey: 'marker-tooshort' } },
      ]) {
        const { ok, text } = await press('check', form);
        assert.equal(ok, false);
        assert.doesNotMatch(text, /marker/);
      }
    });
  });

  describe('Rotate key', () => {
    const keyLines = (): string[] => readFileSync(`${folder()}.key`, 'utf8').split('\n').filter(Boolean);

    it('gives a made key another, seals everything anew and shows no key to anybody', async () => {
      await load([store()]);
      const opened = await offerOf('store').source();
      await opened.set('token', 'sealed', { sealed: true, durable: true });
      const [before = ''] = keyLines();
      const { ok, text } = await press('rotate', { id: 'store', folder: '', credentials: {} });
      const [after = '', ...others] = keyLines();
      assert.deepEqual([ok, others], [true, []]);
      assert.notEqual(after, before);
      assert.equal(await opened.get('token'), 'sealed');
      for (const key of [before, after]) assert.ok(!`${text}${logged()}`.includes(key), 'a key is shown');
    });

    it('leaves a key alone that a person has chosen, here or in another node of the folder', async () => {
      await load([store(), store({ id: 'second' })], { store: { encryptionKey: markerKey } });
      await offerOf('store').source();
      const before = keyLines();
      for (const id of ['store', 'second']) {
        const credentials = { encryptionKey: '__PWRD__' };
        const { ok, message, text } = await press('rotate', { id, folder: '', credentials });
        assert.deepEqual([ok, message], [false, 'bitlane-store.rotate.chosen']);
        assert.doesNotMatch(text, /marker/);
      }
      assert.deepEqual(keyLines(), before);
      assert.ok(!before.join().includes(markerKey));
    });

    it('asks for a deploy where no store is open', async () => {
      await load([]);
      const { ok, message } = await press('rotate', { folder: 'elsewhere', credentials: {} });
      assert.deepEqual([ok, message], [false, 'bitlane-store.rotate.deploy']);
      assert.ok(!existsSync(join(userDir, 'elsewhere')));
    });
  });

  describe('a portal', () => {
    const storeOfPortal = async (id: string): Promise<unknown> =>
      portalKind.offers.get(helper.getNode(id))?.value.store() ?? assert.fail(`${id} is no portal`);

    it('without a store uses the shared one, and one with a store that one', async () => {
      const withOwn = portal({ id: 'with-own', store: 'store', path: 'own' });
      await load([store({ folder: 'own' }), portal(), withOwn], {
        portal: { webhookUrl },
        'with-own': { webhookUrl },
      });
      const shared = await storeOfPortal('portal');
      const own = await storeOfPortal('with-own');
      assert.notEqual(own, shared);
      assert.equal(own, await offerOf('store').source());
      assert.equal(await findStore(folder())?.source(), shared);
    });

    it('without a store and a store node with the same folder share one', async () => {
      await load([portal(), store()], { portal: { webhookUrl }, store: { encryptionKey: markerKey } });
      assert.equal(await storeOfPortal('portal'), await offerOf('store').source());
      assert.equal(findStore(folder())?.isKeyChosen(), true);
    });
  });
});
