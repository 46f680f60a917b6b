import assert from 'node:assert/strict';
import { post, seen, servers } from './support';

const start = servers();
const asked = 'Hello ! | What can I do for you? | ? text input';

describe('sandbox typebot: the wrong host', () => {
  it('is the builder, which wants its users', async () => {
    const typebot = await start({ host: 'builder' });
    assert.equal((await fetch(`${typebot.apiBaseUrl}/healthz`)).status, 200);
    const begun = await post(typebot.startUrl('greeting'));
    assert.deepEqual([begun.status, begun.text], [404, 'Not found']);
    const url = `${typebot.apiBaseUrl}/v1/sessions/any/continueChat`;
    assert.equal(seen(await post(url, {})), '401 You must be logged in to access this resource');
    const Authorization = `Bearer ${typebot.token}`;
    assert.equal(seen(await post(url, {}, { Authorization })), '404 Session not found.');
    assert.equal(seen(await post(typebot.previewUrl('greeting'), {}, { Authorization })), asked);
  });

  it('has no such address', async () => {
    const typebot = await start();
    const answer = await fetch(`${typebot.apiBaseUrl}/v1/other`);
    assert.deepEqual([answer.status, await answer.text()], [404, 'Not found']);
    assert.equal((await fetch(typebot.startUrl())).status, 404);
    assert.deepEqual(
      typebot.requests.map(({ endpoint, method }) => [endpoint, method]),
      [
        [undefined, 'GET'],
        [undefined, 'GET'],
      ],
    );
  });
});
