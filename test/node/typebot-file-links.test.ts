import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import express from 'express';
import type { Clock } from '../../lib/core/clock';
import { at, entriesAt, idAt } from '../../lib/core/fields';
import { openFileOfEvent } from '../../nodes/runtime/bot/event-files';
import { serveFileLinks, type LinkLimits } from '../../nodes/runtime/bot/file-links';
import { manualClock } from '../support/manual-clock';
import { until } from '../support/until';
import { secrets, useFilesScene } from './typebot-portal';

const hour = 60 * 60_000;

describe('files of a person, at the address that a bot is given', () => {
  const files = useFilesScene();
  const { scene, linkTo } = files;
  beforeEach(() => files.deploy());

  /** As it is written: `fetch` would tidy the path up. */
  async function get(path: string, method = 'GET'): Promise<{ status: number | undefined; body: string }> {
    const request = http.request(`${files.origin}/`, { path, method }).end();
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    return { status: response.statusCode, body: await text(response) };
  }

  const callsOf = (method: string): number =>
    files.portal.calls.filter((call) => call.method === method).length;

  it('are given away as often as they are asked for, as nothing but a file', async () => {
    const bytes = Buffer.from('<script>alert(1)</script>');
    const link = await linkTo({ name: 'page.html', contentType: 'text/html', bytes });
    for (let times = 0; times < 2; times += 1) {
      const response = await fetch(link);
      assert.equal(response.status, 200);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
      const headers = Object.fromEntries(response.headers);
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      assert.equal(headers['content-length'], String(bytes.length));
      assert.equal(headers['content-disposition'], "attachment; filename*=UTF-8''page.html");
      assert.equal(headers['content-security-policy'], 'sandbox');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'private, no-store');
    }
  });

  it('are told of without their bytes', async () => {
    const link = await linkTo({ name: 'a.png', contentType: 'image/png', bytes: Buffer.alloc(3_000_000) });
    const response = await fetch(link, { method: 'HEAD' });
    assert.deepEqual([response.status, await response.text()], [200, '']);
    assert.equal(response.headers.get('content-type'), 'image/png');
    assert.equal(response.headers.get('content-length'), '3000000');
    assert.equal((await fetch(link)).status, 200);
  });

  it('are there for an hour', async () => {
    const link = await linkTo({ name: 'a.txt' });
    scene.passTime(hour - 1);
    assert.equal((await fetch(link)).status, 200);
    scene.passTime(1);
    const late = await fetch(link);
    assert.deepEqual([late.status, await late.text()], [404, '']);
  });

  it('are found by nothing but the whole address', async () => {
    const link = await linkTo({ name: 'a.txt' });
    const { pathname } = new URL(link);
    const token = pathname.split('/')[3] ?? '';
    assert.match(token, /^[\w-]{32}$/);
    const links = callsOf('imbot.v2.File.download');
    for (const path of [
      ...['/bitlane', '/bitlane/', '/bitlane/file', '/bitlane/file/', '/bitlane/file/?token=', '/'],
      `/bitlane/file/${'A'.repeat(32)}/a.txt`,
      `/bitlane/file/${token.slice(1)}/a.txt`,
      `/bitlane/file/${token}A/a.txt`,
      `/bitlane/file/${token.toLowerCase()}/a.txt`,
      `/bitlane/file/../file/${token}/a.txt`,
      `/bitlane/file/..%2f${token}/a.txt`,
      `/bitlane/file/%2e%2e/${token}/a.txt`,
      `/bitlane/file/${token}%2fa.txt`,
      `/bitlane/file/${token}%00/a.txt`,
      `/bitlane/file/a/${token}`,
      '/bitlane/file/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '/bitlane/file/../../../../etc/passwd',
    ]) {
      const { status, body } = await get(path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(body, /content of a\.txt|root:/);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      assert.equal((await get(pathname, method)).status, 404);
    assert.equal(callsOf('imbot.v2.File.download'), links, 'nobody asks the portal');
  });

  it('are the same file, whatever is written behind the token', async () => {
    const { pathname } = new URL(await linkTo({ name: 'a.txt' }));
    const start = pathname.replace(/a\.txt$/, '');
    for (const end of ['', 'b.exe', '../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '%00', '?name=b']) {
      assert.deepEqual(await get(start + end), { status: 200, body: 'content of a.txt' }, end);
    }
  });

  it('tell nothing but their name by it, and it is another one each time', async () => {
    const file = { name: 'a.txt' };
    const links = [await linkTo(file), await linkTo(file)];
    assert.equal(new Set(links).size, 2);
    for (const link of links) {
      assert.match(link, new RegExp(`^${files.origin}/bitlane/file/[\\w-]{32}/a\\.txt$`));
      for (const secret of [...Object.values(secrets), files.portal.memberId]) {
        assert.ok(!link.includes(secret));
      }
      for await (const { key } of scene.store.scan(''))
        assert.ok(!key.includes(link.split('/')[5] ?? ''), key);
    }
  });

  for (const [name, segment] of [
    ['фото ремонта.jpg', '%D1%84%D0%BE%D1%82%D0%BE%20%D1%80%D0%B5%D0%BC%D0%BE%D0%BD%D1%82%D0%B0.jpg'],
    ["it's (1) *.png", "it's%20(1)%20.png"],
    ['..\\..\\evil.html', 'evil.html'],
    ['a/../../b.png', 'b.png'],
    ['50%.png', '50%25.png'],
    ['a"b\r\nX-Evil: 1.png', 'abX-Evil%201.png'],
    ['a?b#c.png', 'ab%23c.png'],
    ['..', 'file'],
    ['', 'file'],
    [`${'x'.repeat(119)}🙂.png`, `${'x'.repeat(119)}%EF%BF%BD.png`],
    ['\ud83d.png', '%EF%BF%BD.png'],
  ] as const) {
    it(`have a name that harms nobody: ${JSON.stringify(name)}`, async () => {
      // What the portal calls it is nothing to us.
      const link = await linkTo({ name, tells: ['length'] });
      assert.equal(link.split('/').at(-1), segment);
      const response = await fetch(link);
      assert.equal(response.status, 200);
      const disposition = response.headers.get('content-disposition') ?? '';
      assert.match(disposition, /^attachment; filename\*=UTF-8''[\w.%!~-]+$/);
      assert.equal(decodeURIComponent(disposition.split("''")[1] ?? ''), decodeURIComponent(segment));
      await response.body?.cancel();
    });
  }

  it('are not there any more when the portal has none', async () => {
    const link = await linkTo({ name: 'a.txt' });
    files.portal.state.files.clear();
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(link, { method });
      assert.deepEqual([response.status, await response.text()], [502, '']);
    }
  });

  it('break off when the portal does, so that half a file is taken for none', async () => {
    const link = await linkTo({ name: 'a.txt', bytes: Buffer.alloc(500_000), tells: ['name'] });
    files.portal.failNext({ method: 'download', with: 'cut' });
    await assert.rejects(fetch(link).then((response) => response.arrayBuffer()));
  });

  it('keep others waiting when too many are fetched at once, and go on when one is through', async () => {
    const links = await Promise.all(Array.from({ length: 8 }, () => linkTo({ name: 'a.txt' })));
    const other = await linkTo({ name: 'b.txt' });
    const hung = hang(links.flatMap((link) => [link, link]));
    await hung.underWay();
    const refused = await fetch(other);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
    assert.equal((await get(`/bitlane/file/${'A'.repeat(32)}/a.txt`)).status, 404, 'no file needs no place');
    await hung.leave();
    await untilGiven(other);
  });

  it('are given to two at once, so that whoever has one address keeps nobody from another', async () => {
    const link = await linkTo({ name: 'a.txt' });
    const other = await linkTo({ name: 'b.txt' });
    const hung = hang([link, link]);
    await hung.underWay();
    const refused = await fetch(link);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
    assert.equal((await fetch(other)).status, 200);
    await hung.leave();
    await untilGiven(link);
  });

  describe('to a reader that is in no hurry', () => {
    const bytes = Buffer.alloc(24 * 1024 * 1024, 7);
    const silenceMs = 60_000;
    const longestMs = 10 * 60_000;
    const servers = new Set<http.Server>();
    afterEach(() => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      servers.clear();
    });

    /** The same links at another door, where the time is in the hands of the test. */
    async function openDoor(limits: Partial<LinkLimits>): Promise<URL> {
      const app = express();
      serveFileLinks({ httpNode: app, events: new EventEmitter() }, { mostOfOneLink: 1, ...limits });
      const server = app.listen(0, '127.0.0.1');
      servers.add(server);
      await once(server, 'listening');
      const link = new URL(await linkTo({ name: 'a.png', contentType: 'image/png', bytes }));
      link.port = String((server.address() as AddressInfo).port);
      return link;
    }

    /** Takes the start of the file and no more. */
    async function startReading(link: URL): Promise<http.IncomingMessage> {
      const request = http.get(link, { agent: false });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      return response.on('error', () => undefined);
    }

    it('end when it takes nothing', async () => {
      const clock = manualClock();
      const link = await openDoor({ clock, silenceMs, longestMs: Number.MAX_SAFE_INTEGER });
      await startReading(link);
      assert.equal((await fetch(link)).status, 503);
      let status = 503;
      for (let times = 0; times < 100 && status === 503; times += 1) {
        await clock.advance(silenceMs);
        const response = await fetch(link);
        await response.body?.cancel();
        status = response.status;
      }
      assert.equal(status, 200);
    });

    it('go on as long as it takes some', async () => {
      const clock = manualClock();
      let pieces = 0;
      const sleep: Clock['sleep'] = (ms, signal) => {
        if (ms === silenceMs) pieces += 1;
        return clock.sleep(ms, signal);
      };
      const link = await openDoor({
        ...{ clock: { ...clock, sleep }, silenceMs, longestMs: Number.MAX_SAFE_INTEGER },
      });
      let length = 0;
      let seen = pieces;
      for await (const piece of await startReading(link)) {
        length += Buffer.isBuffer(piece) ? piece.length : 0;
        if (pieces === seen) continue;
        await clock.advance(silenceMs - 1);
        // What came before the time had moved on is no sign of life afterwards.
        seen = pieces;
      }
      assert.equal(length, bytes.length);
      assert.ok(clock.now() > silenceMs);
    });

    it('end when it takes too long in all', async () => {
      const clock = manualClock();
      const link = await openDoor({ clock, silenceMs: Number.MAX_SAFE_INTEGER, longestMs });
      const response = await startReading(link);
      await clock.advance(longestMs - 1);
      assert.equal((await fetch(link)).status, 503);
      await clock.advance(1);
      await assert.rejects(buffer(response));
      assert.equal((await fetch(link, { method: 'HEAD' })).status, 200);
    });

    it('end when the portal takes too long', async () => {
      const clock = manualClock();
      const link = await openDoor({ clock, silenceMs, longestMs });
      const started = callsOf('download');
      files.portal.failNext({ method: 'download', with: 'hang' });
      const broken = assert.rejects(fetch(link));
      await until(() => callsOf('download') > started, 'the download to be under way');
      await clock.advance(longestMs);
      await broken;
      await untilGiven(link.href);
    });
  });

  /** Downloads that the portal does not answer. */
  function hang(links: readonly string[]) {
    const started = callsOf('download');
    const leaving = new AbortController();
    files.portal.failNext({ method: 'download', times: links.length, with: 'hang' });
    const fetches = links.map((link) => fetch(link, { signal: leaving.signal }));
    return {
      underWay: () =>
        until(() => callsOf('download') === started + links.length, 'all downloads to be under way'),
      async leave() {
        leaving.abort();
        await Promise.allSettled(fetches);
      },
    };
  }

  async function untilGiven(link: string): Promise<void> {
    let status = 0;
    const ask = async (): Promise<void> => {
      const response = await fetch(link);
      await response.body?.cancel();
      status = response.status;
    };
    for (let times = 0; times < 100 && status !== 200; times += 1) await ask();
    assert.equal(status, 200);
  }
});

describe('files of a person, while the portal is asked too often', function () {
  // The portal has refused, and its limiter lets nobody through until the bucket has room again.
  const files = useFilesScene();
  const { linkTo } = files;
  beforeEach(() => files.deploy());

  it('let what a person waits for go first', async () => {
    const mine = { name: 'mine.txt' };
    const bitrix = await files.sent('', mine);
    const id = idAt(entriesAt(bitrix, 'files')[0], 'id') ?? assert.fail('nothing was sent');
    const link = await linkTo({ name: 'a.txt' });
    const start = files.portal.calls.length;
    const asked = (): unknown[] =>
      files.portal.calls
        .slice(start)
        .filter(({ method }) => method === 'imbot.v2.File.download')
        .map(({ params }) => Number(at(params, 'fileId')));
    files.portal.failNext({
      method: 'imbot.v2.File.download',
      with: { status: 503, error: 'QUERY_LIMIT_EXCEEDED' },
    });
    const given = fetch(link);
    await until(() => asked().length === 1, 'the refusal that makes all calls wait');
    // By the time this is answered, that refusal is known as well.
    await fetch(`${files.origin}/bitlane/file/${'A'.repeat(32)}/a.txt`);
    const file = await openFileOfEvent({ id, ...mine }, bitrix, new AbortController().signal);
    assert.equal(await text(file.body), 'content of mine.txt');
    assert.equal((await given).status, 200);
    const [ofLink] = asked();
    assert.deepEqual(asked(), [ofLink, id, ofLink]);
  });
});
