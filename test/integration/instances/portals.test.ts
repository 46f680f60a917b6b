import assert from 'node:assert/strict';
import { createAppHub, type AppHub } from '../../../lib/bitrix24/hub/app-hub';
import { createSenderTokens, createTokenVault } from '../../../lib/bitrix24/hub/portal-records';
import { createRestClient } from '../../../lib/bitrix24/rest/client';
import { openEnvelope } from '../../../lib/bitrix24/events/envelope';
import { createHttpClient, type HttpClient } from '../../../lib/core/http';
import type { Store } from '../../../lib/store/store';
import { patienceMs } from '../../support/patience';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { clientFor, clientId, lastRequest, openScene, startMs, type Scene } from '../bitrix24-oauth/support';
import { mapOf } from '../bitrix24-oauth/install-scene';
import { servers, type Handler } from '../sandbox-portal/support';
import { useRedis } from '../store/redis-bench';

/** Longer than an instance takes to look for news. */
const lookMs = 3000;

interface Instance {
  hub: AppHub;
  clock: ManualClock;
  store: Store;
  /** Which portals it met, and whether they were new. */
  met: [string | undefined, boolean][];
  /** How often it has read which portals there are. */
  looks: () => number;
}

describe('an app that is served by two instances', () => {
  const house = useRedis();
  const start = servers();
  const closing: (() => Promise<unknown>)[] = [];
  let scene: Scene;
  let handler: Handler;
  let a: Instance;
  let b: Instance;
  beforeEach(async () => {
    handler = await start.handler();
    scene = await openScene(start, { installUrl: handler.url, installed: false });
    a = await instance();
    b = await instance();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function instance(): Promise<Instance> {
    const clock = manualClock(startMs);
    const store = await house.open();
    const source = async (): Promise<Store> => store;
    const policy = { origin: 'configured' } as const;
    const http: HttpClient = createHttpClient({
      ...{ policy, timeoutMs: patienceMs, maxResponseBytes: 1_000_000, userAgent: 'test' },
    });
    const vault = createTokenVault(source, clientId);
    let looks = 0;
    const fail = (what: unknown): never => assert.fail(String(what));
    const hub = createAppHub({
      ...{ path: 'events', store: source, fileHttp: () => http, clock },
      keeper: {
        ready: async () => undefined,
        keep: async () => undefined,
        readersChanged: () => undefined,
        backlog: async () => undefined,
      },
      vault: {
        ...vault,
        list() {
          looks += 1;
          return vault.list();
        },
      },
      senderTokens: createSenderTokens(source, clientId),
      authServer: clientFor(start, clock, [scene.auth.host]),
      addresses: scene.addresses,
      connect: (credential) => createRestClient({ credential, http, plan: 'enterprise' }),
      onOutcome: () => undefined,
      onFailure: fail,
      onRefused: () => undefined,
      onUnwanted: () => undefined,
      onShared: () => undefined,
      changes: { isOff: async () => false, forgetPortal: async () => undefined },
      onOff: () => undefined,
      page: { open: async () => ({ status: 200, text: '' }), receive: async () => undefined },
      onPageRefused: () => undefined,
    });
    const met: Instance['met'] = [];
    hub.onPortal(({ memberId }, isNew) => void met.push([memberId, isNew]));
    closing.push(async () => {
      await hub.close();
      http.close();
    });
    return { hub, clock, store, met, looks: () => looks };
  }

  async function installAt({ hub }: Instance): Promise<string> {
    await scene.portal.install();
    const { body, query } = lastRequest(handler);
    assert.equal((await hub.gate.receiveApp?.({ body, query }))?.status, 200);
    return scene.portal.memberId;
  }

  async function goOn({ clock }: Instance, condition: () => boolean, what: string): Promise<void> {
    await until(() => {
      clock.advance(lookMs).catch(() => undefined);
      return condition();
    }, what);
  }

  /** Twice: when the second look begins, the first one is over. */
  async function looksThrough(one: Instance): Promise<void> {
    for (const news of ['one', 'another']) {
      const before = one.looks();
      await one.store.set(`bitrix:portals:${clientId}`, `${news} ${before}`);
      await goOn(one, () => one.looks() > before, 'a look at all portals');
    }
  }

  const domainsAt = ({ hub }: Instance): string[] => hub.portals().map(({ domain }) => domain);

  it('meets a portal that was installed at the other one, and is not told that it is new', async () => {
    const memberId = await installAt(a);
    assert.deepEqual(domainsAt(b), []);
    await until(() => b.clock.pending() > 0, 'the other one to be idle');
    await b.clock.advance(lookMs);
    await until(() => domainsAt(b).length === 1, 'the portal at the other one');
    assert.deepEqual([a.met, b.met], [[[memberId, true]], [[memberId, false]]]);
    assert.equal(b.hub.portals()[0]?.domain, scene.portal.domain);
  });

  it('knows it at once when it is asked, and opens it once', async () => {
    const memberId = await installAt(a);
    assert.deepEqual(await Promise.all([b.hub.knows(memberId), b.hub.knows(memberId)]), [true, true]);
    assert.equal(await b.hub.knows('somebody'), false);
    assert.deepEqual(b.met, [[memberId, false]]);
  });

  it('believes the first event of a portal that was installed at the other one', async () => {
    const memberId = await installAt(a);
    const { body } = lastRequest(handler);
    const envelope = openEnvelope(body);
    assert.equal(await b.hub.gate.accepts(envelope, body), true);
    assert.equal(await b.hub.gate.accepts({ ...envelope, applicationToken: 'forged' }, body), false);
    await until(() => b.met.length === 1, 'the portal');
    assert.equal(b.hub.find({ memberId, domain: '' })?.memberId, memberId);
  });

  it('meets a portal anew that was installed again at the other one, and one that was merely opened there not', async () => {
    const memberId = await installAt(a);
    assert.equal(await b.hub.knows(memberId), true);
    const before = b.hub.find({ memberId, domain: '' });
    await looksThrough(b);
    await installAt(a);
    await goOn(b, () => b.met.length === 2, 'the portal to be met again');
    assert.deepEqual(b.met, [
      [memberId, false],
      [memberId, false],
    ]);
    assert.notEqual(b.hub.find({ memberId, domain: '' }), before);
    await scene.portal.installPage();
    const { body, query } = lastRequest(handler);
    assert.equal((await a.hub.gate.receiveApp?.({ body, query }))?.status, 200);
    await looksThrough(b);
    assert.equal(b.met.length, 2);
  });

  it('meets it anew with its first event, when word of the installation is lost', async () => {
    const memberId = await installAt(a);
    assert.equal(await b.hub.knows(memberId), true);
    await installAt(a);
    const { body } = lastRequest(handler);
    assert.equal(await b.hub.gate.accepts(openEnvelope(body), body), true);
    await until(() => b.met.length === 2, 'the portal to be met again');
    assert.equal(await b.hub.gate.accepts(openEnvelope(body), body), true);
    assert.equal(await b.hub.knows(memberId), true);
    assert.equal(b.met.length, 2);
  });

  it('lets a portal go that was removed at the other one', async () => {
    const memberId = await installAt(a);
    assert.equal(await b.hub.knows(memberId), true);
    const { body } = lastRequest(handler);
    const removal = { ...mapOf(body), event: 'ONAPPUNINSTALL', data: { CLEAN: '0' } };
    assert.equal((await a.hub.gate.receiveApp?.({ body: removal, query: {} }))?.status, 200);
    await until(() => b.clock.pending() > 0, 'the other one to be idle');
    await b.clock.advance(lookMs);
    await until(() => domainsAt(b).length === 0, 'the portal to go');
    assert.equal(await b.hub.knows(memberId), false);
  });

  it('completes at one the link that was made at the other, once', async () => {
    const link = await a.hub.authorisationLink(scene.portal.domain);
    const response = await fetch(link, { redirect: 'manual' });
    const { search } = new URL(response.headers.get('location') ?? '');
    const back = Object.fromEntries(new URLSearchParams(search));
    const answers = await Promise.all([b, a].map(async ({ hub }) => hub.gate.receiveReturn?.(back)));
    assert.deepEqual(answers.map((answer) => answer?.status).sort(), [200, 401]);
    assert.equal(scene.auth.tokenRequests.length, 1);
    const { memberId } = scene.portal;
    assert.deepEqual([await a.hub.knows(memberId), await b.hub.knows(memberId)], [true, true]);
    for (const { hub } of [a, b]) assert.equal((await hub.gate.receiveReturn?.(back))?.status, 401);
  });
});
