import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { createTokenVault } from '../../../lib/bitrix24/hub/portal-records';
import { createAppCredential, type AuthServerClient } from '../../../lib/bitrix24/oauth';
import type { Credential, TokenVault } from '../../../lib/bitrix24/rest/credential';
import { at } from '../../../lib/core/fields';
import type { Store } from '../../../lib/store/store';
import type { RedisStoreOptions } from '../../../lib/store/redis/redis-store';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { useRedis } from '../store/redis-bench';
import { assertNothingSecret, callProfile, clientId, failureOf, openScene, type Scene } from './support';

const start = servers();

interface Instance {
  vault: TokenVault;
  credential: (changes?: { clock?: Clock; authServer?: AuthServerClient }) => Promise<Credential>;
}

describe('tokens of an app: several Node-RED with one Redis', function () {
  const redis = useRedis(['--appendonly', 'yes', '--appendfsync', 'always']);

  async function instance(scene: Scene, options?: Partial<RedisStoreOptions>): Promise<Instance> {
    const store = await redis.open(options);
    const vault = createTokenVault(() => Promise.resolve(store), clientId);
    const { authServer, addresses } = scene;
    const parts = { memberId: scene.portal.memberId, vault, authServer, addresses, clock: systemClock };
    return { vault, credential: (changes) => createAppCredential({ ...parts, ...changes }) };
  }

  async function installed(scene: Scene, { vault }: Instance): Promise<void> {
    await vault.save(await scene.installed());
  }

  /** Tells how often it was asked, and answers when it is let go. */
  function gated(authServer: AuthServerClient): {
    authServer: AuthServerClient;
    asked: () => number;
    letGo: () => void;
  } {
    let asked = 0;
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const refresh: AuthServerClient['refresh'] = async (pair) => {
      asked += 1;
      await gate;
      return authServer.refresh(pair);
    };
    return { authServer: { ...authServer, refresh }, asked: () => asked, letGo: () => letGo() };
  }

  /** The time of day, and how often somebody has waited by it. */
  function countingClock(): Clock & { waits: () => number } {
    let waits = 0;
    const sleep: Clock['sleep'] = (ms, signal) => {
      waits += 1;
      return systemClock.sleep(Math.min(ms, 5), signal);
    };
    return { now: systemClock.now, sleep, waits: () => waits };
  }

  const refreshName = (scene: Scene): string => `refresh:${clientId}:${scene.portal.memberId}`;

  it('make one request for 300 calls that are refused together', async () => {
    const scene = await openScene(start);
    const instances = [await instance(scene), await instance(scene), await instance(scene)];
    await installed(scene, instances[0] ?? assert.fail());
    const { authServer, asked, letGo } = gated(scene.authServer);
    const clock = countingClock();
    const changes = { authServer, clock };
    const credentials = await Promise.all(instances.map(({ credential }) => credential(changes)));
    scene.portal.expireTokens();
    const calls = credentials.flatMap((one) => Array.from({ length: 100 }, () => callProfile(one)));
    const refused = (): number => scene.portal.calls.filter(({ status }) => status === 401).length;
    await until(() => refused() === 300 && clock.waits() > 3, 'all to be refused, and two to wait');
    letGo();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set([200]));
    assert.deepEqual([asked(), scene.auth.refreshes, scene.auth.tokenRequests.length], [1, 1, 1]);
  });

  it('wait while one asks, and take what it was given', async () => {
    const scene = await openScene(start);
    const [one, two] = [await instance(scene), await instance(scene)];
    await installed(scene, one);
    const { authServer, asked, letGo } = gated(scene.authServer);
    const clock = countingClock();
    const asking = await one.credential({ authServer });
    const waiting = await two.credential({ authServer, clock });
    scene.portal.expireTokens();
    const calls = [callProfile(asking)];
    await until(() => asked() === 1, 'the first one to ask');
    calls.push(callProfile(waiting));
    await until(() => clock.waits() > 5, 'the second one to wait');
    assert.equal(asked(), 1);
    letGo();
    assert.deepEqual(await Promise.all(calls), [200, 200]);
    assert.deepEqual([asked(), scene.auth.tokenRequests.length], [1, 1]);
    assert.deepEqual(await asking.fields(), await waiting.fields());
  });

  it('do not wait for ever for one that does not come to an end', async () => {
    const scene = await openScene(start);
    const [one, two] = [await redis.open(), await instance(scene)];
    await installed(scene, two);
    assert.ok(await one.hold(refreshName(scene)));
    const clock = countingClock();
    const credential = await two.credential({ clock });
    scene.portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
    assert.ok(clock.waits() > 100, String(clock.waits()));
    assert.equal(scene.auth.refreshes, 1);
  });

  it('take over from one that was killed while it asked', async () => {
    const scene = await openScene(start);
    let now = 0;
    const survivor = await instance(scene, { beatMs: 10, monotonic: () => now });
    await installed(scene, survivor);
    const victim = spawnRenewer(redis.url(), scene.portal.memberId);
    try {
      await until(() => victim.said().includes('ASKING'), 'the other process to ask');
    } finally {
      await victim.kill9();
    }
    scene.portal.expireTokens();
    const clock = countingClock();
    const calling = callProfile(await survivor.credential({ clock }));
    await until(() => clock.waits() > 2, 'the wait for the dead');
    assert.equal(scene.auth.tokenRequests.length, 0);
    now += 21_000;
    assert.equal(await calling, 200);
    assert.deepEqual([scene.auth.refreshes, scene.auth.tokenRequests.length], [1, 1]);
  });

  it('are not told to install the app again while somebody else has the turn', async () => {
    const scene = await openScene(start);
    const [one, two] = [await redis.open(), await instance(scene)];
    await installed(scene, two);
    assert.ok(await one.hold(refreshName(scene)));
    const credential = await two.credential({ clock: countingClock() });
    scene.portal.expireTokens();
    scene.auth.failNext({ method: 'token', with: { status: 400, error: 'invalid_grant' } });
    assert.equal((await failureOf(callProfile(credential))).code, 'BITRIX_AUTH_SERVER');
    assert.equal(await callProfile(credential), 200);
  });

  it('ask for nothing while nobody can tell whose turn it is', async () => {
    const scene = await openScene(start);
    const one = await instance(scene);
    await installed(scene, one);
    const failing = { ...one.vault, leaveToRenew: () => Promise.reject(new Error('MARKER')) };
    const { authServer, addresses } = scene;
    const { memberId } = scene.portal;
    const credential = await createAppCredential({ memberId, vault: failing, authServer, addresses });
    scene.portal.expireTokens();
    const failure = await failureOf(callProfile(credential));
    assert.equal(failure.code, 'STORE_UNAVAILABLE');
    assertNothingSecret(failure, ['MARKER']);
    assert.equal(scene.auth.tokenRequests.length, 0);
  });

  it('wait for the pair of one that cannot save it, also when that one is not called', async () => {
    const scene = await openScene(start);
    const [one, two] = [await instance(scene), await instance(scene)];
    await installed(scene, one);
    const failing = { failures: 0, isMended: false };
    const save: TokenVault['save'] = async (tokens) => {
      if (failing.isMended) return one.vault.save(tokens);
      failing.failures += 1;
      throw new Error('no room');
    };
    const { authServer, addresses } = scene;
    const { memberId } = scene.portal;
    const vault = { ...one.vault, save };
    const clock = countingClock();
    const failed = await createAppCredential({ memberId, vault, authServer, addresses, clock });
    const waiting = await two.credential({ clock: systemClock });
    scene.portal.expireTokens();
    assert.equal((await failureOf(callProfile(failed))).code, 'STORE_UNAVAILABLE');
    const calling = callProfile(waiting);
    await until(() => failing.failures > 20, 'it to be tried again and again');
    assert.equal(scene.auth.tokenRequests.length, 1);
    failing.isMended = true;
    assert.equal(await calling, 200);
    assert.deepEqual([scene.auth.refreshes, scene.auth.tokenRequests.length], [1, 1]);
    assert.deepEqual(await failed.fields(), await waiting.fields());
    await untilHeld(await redis.open(), refreshName(scene));
  });

  it('lose nothing when Redis dies while one asks, and nobody calls that one again', async () => {
    const scene = await openScene(start);
    const [one, two] = [await instance(scene), await instance(scene)];
    await installed(scene, one);
    const { authServer, asked, letGo } = gated(scene.authServer);
    const credential = await one.credential({ authServer });
    const other = await two.credential();
    scene.portal.expireTokens();
    const calling = failureOf(callProfile(credential));
    await until(() => asked() === 1, 'the question');
    await redis.server().kill9();
    letGo();
    assert.equal((await calling).code, 'STORE_UNAVAILABLE');
    await redis.server().restart();
    const failures = new Set<unknown>();
    const call = (): Promise<number> =>
      callProfile(other).catch((thrown: unknown) => {
        failures.add(at(thrown, 'code'));
        return 0;
      });
    const deadline = performance.now() + patienceMs;
    while ((await call()) !== 200) assert.ok(performance.now() < deadline, String([...failures]));
    failures.delete('STORE_UNAVAILABLE');
    assert.deepEqual([...failures], []);
    assert.deepEqual([asked(), scene.auth.tokenRequests.length], [1, 1]);
    assert.equal(await callProfile(credential), 200);
    await untilHeld(await redis.open(), refreshName(scene));
  });
});

/** Whoever had it has given it back. */
async function untilHeld(store: Store, name: string): Promise<void> {
  await until(async () => (await store.hold(name)) !== undefined, `${name} to be given back`);
}

interface Renewer {
  said: () => string;
  kill9: () => Promise<void>;
}

function spawnRenewer(url: string, memberId: string): Renewer {
  const args = ['--require', 'tsx/cjs', join(__dirname, 'renewer.ts'), url, clientId, memberId];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    said: () => output,
    async kill9() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
