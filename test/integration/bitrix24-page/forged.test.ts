import assert from 'node:assert/strict';
import { usePageScene } from './page-scene';
import { problemOf } from './visitor';

describe('the page of the app, forged', function () {
  const here = usePageScene();
  const { scene } = here;

  const opened = async (fields: Readonly<Record<string, string>>): Promise<number> =>
    (await here.portal.frame.open({ pageUrl: scene.eventsUrl, fields })).status;

  it('is refused with a token that nobody gave out', async () => {
    assert.equal(await opened({ AUTH_ID: 'f'.repeat(48) }), 401);
    assert.equal(await opened({ AUTH_ID: '' }), 400);
  });

  it('is refused with a token of another portal, and of another app', async () => {
    assert.equal(await opened({ AUTH_ID: here.stranger.issueTokens().token }), 401);
    assert.equal(await opened({ member_id: here.stranger.memberId }), 401);
  });

  it('is refused when the token is over', async () => {
    const { token } = here.portal.issueTokens();
    here.portal.expireTokens();
    assert.equal(await opened({ AUTH_ID: token }), 401);
  });

  it('asks nobody whom the browser names', async () => {
    const checks = here.strangersAuth.checks;
    assert.equal(await opened({ SERVER_ENDPOINT: `${here.strangersAuth.origin}/rest/` }), 200);
    assert.equal(here.strangersAuth.checks, checks);
  });

  it('is refused when the portal does not know the person', async () => {
    const [guest] = [here.portal.addUser({ firstName: 'Guest', isExtranet: true })];
    const { status, body, headers } = await here.portal.frame.open({
      pageUrl: scene.eventsUrl,
      userId: guest.id,
    });
    assert.equal(status, 401);
    assert.ok(!body.includes('bearer'));
    assert.ok(String(headers['content-security-policy']).includes(`frame-ancestors ${here.portal.origin}`));
  });

  it('takes no wish without the header, with another one, or in a form', async () => {
    const page = await here.open();
    const list = { action: 'list' };
    const [payload = '', signature = ''] = page.bearer.split('.');
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...Object(claim), userId: 7 })).toString('base64url');
    assert.equal((await page.ask(list, { bearer: undefined })).status, 400);
    for (const bearer of ['', 'x', `${forged}.${signature}`, `${payload}.${'A'.repeat(43)}`, payload]) {
      const answer = await page.ask(list, { bearer });
      assert.deepEqual([answer.status, problemOf(answer)], [401, 'expired'], bearer);
    }
    for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      assert.equal((await page.ask(list, { contentType })).status, 415, contentType);
    }
    assert.equal((await page.ask(list)).status, 200);
  });

  it('takes no wish of the page of another site, although it may know the bearer', async () => {
    const { bearer } = await here.open();
    const headers = { 'Content-Type': 'application/json', 'X-Bitlane-Session': bearer };
    const send = async (site: string): Promise<number> => {
      const from = { ...headers, 'Sec-Fetch-Site': site };
      return (await here.portal.sendRaw(scene.eventsUrl, '{"action":"list"}', from)).status;
    };
    assert.deepEqual(
      [await send('same-origin'), await send('same-site'), await send('cross-site')],
      [200, 403, 403],
    );
  });

  it('takes no wish that is no wish', async () => {
    const page = await here.open();
    const { revision } = await page.bot();
    for (const body of [
      '[]',
      '{}',
      '{"action":"save"}',
      '{"action":"drop","code":"helper","revision":"x"}',
    ]) {
      assert.equal(problemOf(await page.ask({}, { body })), 'malformed', body);
    }
    assert.equal((await page.ask({}, { body: 'no json' })).status, 400);
    const other = await page.ask({ action: 'switch', code: 'nobody', isOn: false });
    assert.deepEqual([other.status, problemOf(other)], [404, 'gone']);
    const edits: [object, string][] = [
      [{ name: ' ' }, 'name-empty'],
      [{ name: 'x'.repeat(101) }, 'name-long'],
      [{ picture: 'data:image/png;base64,AAAA' }, 'picture-type'],
      [{ picture: Buffer.from('<svg onload="x"/>').toString('base64') }, 'picture-type'],
      [{ picture: 'A'.repeat(720_000) }, 'picture-heavy'],
      [{ commands: [{ name: 'a b', titles: { en: 'x' } }] }, 'command-name'],
      [{ commands: [{ name: 'a', titles: {} }] }, 'command-title'],
    ];
    for (const [edit, problem] of edits) {
      const answer = await page.ask({ action: 'save', code: 'helper', revision, ...edit });
      assert.deepEqual([answer.status, problemOf(answer)], [422, problem]);
    }
    const huge = await page.ask({
      action: 'save',
      code: 'helper',
      revision,
      picture: 'A'.repeat(1_100_000),
    });
    assert.equal(huge.status, 413);
  });

  it('has shown no token: neither in a page, nor in an answer, nor in a log, nor in a status', () => {
    here.assertNothingSecret();
  });
});
