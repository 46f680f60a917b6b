import assert from 'node:assert/strict';
import { entriesAt } from '../../../lib/core/fields';
import { startShow } from '../../../sandbox/web/server';
import { request, useStage } from './support';

describe('the door of the sandbox’s pages', () => {
  const stage = useStage();
  const say = JSON.stringify({ act: 'say', channel: 'helper', text: 'from elsewhere' });

  for (const host of ['sandbox.example', 'localhost.example:1881', '127.0.0.1']) {
    it(`is shut to a name that leads here from elsewhere: "${host}"`, async () => {
      const { get, post } = stage();
      for (const path of ['/chat', '/api/chat', '/api/requests', '/api/calls', '/api/recording?call=1'])
        assert.equal((await get(path, { Host: host })).status, 403, path);
      assert.equal((await post('/api/act', say, { Host: host })).status, 403);
    });
  }

  it('is open to both names of this machine', async () => {
    const { get, show } = stage();
    const { port } = new URL(show.chatUrl);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      assert.equal((await get('/api/chat', { Host: host })).status, 200);
  });

  it('is shut to the forms of other sites', async () => {
    const { show, chat } = stage();
    for (const path of ['/api/act', '/api/calls', '/api/file?channel=helper&name=x']) {
      const headers = { 'Content-Type': 'text/plain', Origin: 'https://elsewhere.example' };
      const answer = await request(show, path, { method: 'POST', headers, body: say });
      assert.equal(answer.status, 403, path);
    }
    const preflight = await request(show, '/api/act', { method: 'OPTIONS', headers: {} });
    assert.equal(preflight.status, 403);
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
    assert.deepEqual(entriesAt(await chat(), 'messages'), []);
  });

  it('lets nothing be shown inside another page, and no script from elsewhere run', async () => {
    const { headers, text } = await stage().get('/chat');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(text, /https?:\/\//);
  });

  it('gives both pages the same way to each other and the same list of requests', async () => {
    const { get } = stage();
    for (const path of ['/chat', '/calls']) {
      const { text } = await get(path);
      assert.doesNotMatch(text, /include/);
      for (const piece of ['href="/chat"', 'href="/calls"', 'id="language"', 'id="requests"', '<title>'])
        assert.equal(text.split(piece).length, 2, `${piece} of ${path}`);
    }
  });

  it('tells each start from the one before, so that a page that is open can see it', async () => {
    const { get, standIns } = stage();
    const startOf = async (path: string): Promise<unknown> => (await get(path)).headers['x-bitlane-start'];
    const start = await startOf('/api/chat');
    assert.match(String(start), /^[0-9a-f-]{36}$/);
    for (const path of ['/api/calls', '/api/requests']) assert.equal(await startOf(path), start);
    const other = await startShow({ standIns, secrets: () => [], editorUrl: () => undefined, plans: [] });
    try {
      const answer = await request(other, '/api/chat', { method: 'GET', headers: {} });
      assert.notEqual(answer.headers['x-bitlane-start'], start);
    } finally {
      await other.stop();
    }
  });

  it('gives the pages and nothing beside them', async () => {
    const { get } = stage();
    assert.equal((await get('/')).headers.location, '/chat');
    for (const path of [
      '/server.ts',
      '/../server.ts',
      '/%2e%2e/server.ts',
      '/constructor',
      '/api/nothing',
      '/nav.html',
    ])
      assert.equal((await get(path)).status, 404, path);
  });
});
