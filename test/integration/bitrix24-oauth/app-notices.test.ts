import assert from 'node:assert/strict';
import { createAppCredential, type AuthServerClient } from '../../../lib/bitrix24/oauth';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { installed, installScene, reasonOf, withAuth } from './install-scene';
import { lastRequest, shownOf } from './support';

const start = servers();

describe('an installed app: update and removal', () => {
  it('knows an update by the application token', async () => {
    const scene = await installScene(start);
    await installed(scene);
    await scene.portal.update();
    const checks = scene.auth.checks;
    const outcome = await scene.installer.receive(lastRequest(scene.handler));
    assert.deepEqual(outcome, {
      kind: 'updated',
      memberId: scene.portal.memberId,
      domain: scene.portal.domain,
    });
    assert.equal(scene.auth.checks, checks);
  });

  it('takes a new application token when the access token speaks for it', async () => {
    const scene = await installScene(start);
    await installed(scene);
    const before = await scene.vault.load(scene.portal.memberId);
    await scene.portal.update();
    const request = withAuth(lastRequest(scene.handler), { application_token: 'new-one' });
    assert.equal((await scene.installer.receive(request)).kind, 'updated');
    const after = await scene.vault.load(scene.portal.memberId);
    assert.equal(after?.applicationToken, 'new-one');
    assert.deepEqual([after.accessToken, after.refreshToken], [before?.accessToken, before?.refreshToken]);
  });

  it('refuses an update that nothing speaks for', async () => {
    const scene = await installScene(start);
    await scene.portal.update();
    const unknown = lastRequest(scene.handler);
    assert.equal(reasonOf(await scene.installer.receive(unknown)), 'application-token');
    await installed(scene);
    const saves = scene.vault.saved.length;
    const changes: [Record<string, string>, string][] = [
      [{ application_token: 'wrong', access_token: 'wrong' }, 'unknown-token'],
      [{ application_token: 'wrong', access_token: '' }, 'application-token'],
      [{ application_token: '' }, 'application-token'],
      [{ application_token: 'wrong', server_endpoint: 'https://evil.example/' }, 'auth-host'],
      [{ member_id: 'f'.repeat(32) }, 'application-token'],
    ];
    for (const [change, reason] of changes) {
      assert.equal(reasonOf(await scene.installer.receive(withAuth(unknown, change))), reason);
    }
    assert.equal(scene.vault.saved.length, saves);
  });

  it('drops the tokens when the app is removed, and passes on whether to wipe', async () => {
    for (const clean of [true, false]) {
      const scene = await installScene(start);
      await installed(scene);
      const { portal, vault } = scene;
      const credential = await scene.credential();
      portal.state.bindings.push({ event: 'ONAPPUNINSTALL', handler: scene.handler.url, userId: 1 });
      await portal.uninstall({ clean });
      const request = lastRequest(scene.handler);
      const forged = await scene.installer.receive(withAuth(request, { application_token: 'wrong' }));
      assert.equal(reasonOf(forged), 'application-token');
      const empty = await scene.installer.receive(withAuth(request, { application_token: '' }));
      assert.equal(reasonOf(empty), 'application-token');
      assert.equal((await vault.list()).length, 1);
      const { memberId, domain } = portal;
      assert.deepEqual(await scene.installer.receive(request), {
        kind: 'uninstalled',
        memberId,
        domain,
        clean,
      });
      assert.deepEqual(await vault.list(), []);
      await assert.rejects(credential.fields(), { code: 'BITRIX_APP_LOST' });
      await assert.rejects(credential.renew({ auth: 'x' }), { code: 'BITRIX_APP_LOST' });
      assert.equal(reasonOf(await scene.installer.receive(request)), 'application-token');
    }
  });

  for (const happening of ['removed', 'installed again'] as const) {
    it(`keeps what counts when a refresh ends after the app was ${happening}`, async () => {
      const scene = await installScene(start);
      await installed(scene);
      const { portal, vault, handler, installer } = scene;
      portal.state.bindings.push({ event: 'ONAPPUNINSTALL', handler: handler.url, userId: 1 });
      let letGo = (): void => undefined;
      const gate = new Promise<void>((resolve) => (letGo = resolve));
      const refresh: AuthServerClient['refresh'] = async (pair) => {
        const grant = await scene.authServer.refresh(pair);
        await gate;
        return grant;
      };
      const authServer = { ...scene.authServer, refresh };
      const { memberId } = portal;
      const credential = await createAppCredential({ ...scene, memberId, authServer });
      const renewing = credential.renew(await credential.fields());
      await until(() => scene.auth.refreshes === 1, 'the refresh');
      if (happening === 'removed') await portal.uninstall();
      else await portal.install();
      await installer.receive(lastRequest(handler));
      const counts = await vault.load(memberId);
      letGo();
      if (happening === 'removed') await assert.rejects(renewing, { code: 'BITRIX_APP_LOST' });
      else assert.equal(await renewing, true);
      assert.deepEqual(await vault.load(memberId), counts);
      assert.equal(counts === undefined, happening === 'removed');
    });
  }

  it('shows no token in what it gives back', async () => {
    const scene = await installScene(start);
    const outcome = await installed(scene);
    const tokens = await scene.vault.load(scene.portal.memberId);
    const shown = shownOf(outcome);
    for (const secret of [tokens?.accessToken, tokens?.refreshToken, tokens?.applicationToken]) {
      assert.ok(secret !== undefined && !shown.includes(secret));
    }
  });
});
