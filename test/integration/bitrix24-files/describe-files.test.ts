import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { readFiles } from '../../../lib/bitrix24/events/event-files';
import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import { describeFiles } from '../../../lib/bitrix24/files/describe-files';
import { fileCardV1 } from '../../../sandbox/bitrix24/file-cards';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { failureOf, restBench } from '../bitrix24-rest/support';
import { fileServers } from './file-server';
import { fileScenes } from './scene';

const bench = restBench();
const link = 'imbot.v2.File.download';

describe('the names of incoming files', function () {
  const scene = fileScenes(bench);
  const serve = fileServers();

  it('are learnt from the file server, with kind, size and extension, as v1 events have them', async () => {
    const { access, sent, methods } = await scene();
    const ids = await sent(
      { name: 'Счёт “7”.PDF', bytes: Buffer.alloc(700) },
      { name: 'photo.jpg', bytes: Buffer.alloc(3) },
      { name: 'voice.ogg' },
      { name: 'film.mp4' },
    );
    assert.deepEqual(await describeFiles(ids, access), [
      { id: ids[0]?.id, name: 'Счёт “7”.PDF', type: 'file', size: 700, extension: 'pdf' },
      { id: ids[1]?.id, name: 'photo.jpg', type: 'image', size: 3, extension: 'jpg' },
      { id: ids[2]?.id, name: 'voice.ogg', type: 'audio', size: 20, extension: 'ogg' },
      { id: ids[3]?.id, name: 'film.mp4', type: 'video', size: 19, extension: 'mp4' },
    ]);
    assert.equal(methods().filter((method) => method === link).length, 4);
    assert.ok(!methods().includes('disk.file.get'));
  });

  it('are the same that a v1 event brings by itself', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent({ name: 'photo.png', bytes: Buffer.alloc(9) }, { name: 'Bill.pdf' });
    const cards = [...portal.state.files.values()].map((file) => fileCardV1(portal.state, file));
    assert.deepEqual(await describeFiles(files, access), readFiles(cards, [], ''));
  });

  it('are not asked for when the event has them', async () => {
    const { portal, access } = await scene();
    const files = [{ id: 1, name: 'a.txt', type: 'file' }];
    assert.deepEqual(await describeFiles(files, access), files);
    assert.deepEqual(await describeFiles([], access), []);
    assert.equal(portal.httpRequests, 0);
  });

  it('read the head of an answer and leave its body', async () => {
    const { portal, access } = await scene();
    const film = await serve((response) => {
      const headers = { 'Content-Type': 'video/mp4', 'Content-Disposition': 'attachment; filename=film.mp4' };
      response.writeHead(200, { ...headers, 'Content-Length': 90_000_000 }).write(Buffer.alloc(100_000));
    });
    portal.addMethods({ [link]: { run: () => ({ result: { downloadUrl: film.origin } }) } });
    const http = createFileHttp({ origin: film.origin });
    try {
      const [described] = await describeFiles([{ id: 5 }], { ...access, http });
      assert.deepEqual([described?.name, described?.size], ['film.mp4', 90_000_000]);
      await until(() => film.left() === 1, 'the end of the download');
    } finally {
      http.close();
    }
  });

  it('come from the drive when the file server names none', async () => {
    const { access, sent } = await scene();
    const files = await sent({ name: 'photo.jpg', tells: [], readableByAll: true });
    const [photo] = await describeFiles(files, access);
    assert.deepEqual(photo, { id: photo?.id, name: 'photo.jpg', type: 'image', size: 20, extension: 'jpg' });
  });

  it('come from the drive when the portal gives no link', async () => {
    const { portal, access, sent } = await scene();
    portal.failNext({ method: link, with: { status: 404, error: 'ERROR_METHOD_NOT_FOUND' } });
    const [bill] = await describeFiles(await sent({ name: 'bill.pdf', readableByAll: true }), access);
    assert.deepEqual([bill?.name, bill?.type], ['bill.pdf', 'file']);
  });

  it('stay unknown when nobody tells them, and what is known is kept', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent({ name: 'a.mp3', tells: ['length'], bytes: Buffer.alloc(5) }, { name: 'b.txt' });
    const [song, text] = files;
    portal.failNext({
      method: link,
      times: 5,
      with: { status: 403, error: 'FILE_ACCESS_ERROR', error_description: 'no' },
    });
    assert.deepEqual(await describeFiles(text ? [text] : [], access), [text]);
    portal.clearFaults();
    const unknown: number[] = [];
    const onUnknown = (id: number): void => void unknown.push(id);
    const [described] = await describeFiles(song ? [song] : [], { ...access, onUnknown });
    assert.deepEqual(described, { id: song?.id, type: 'audio', size: 5 });
    assert.deepEqual(unknown, [song?.id]);
  });

  for (const [what, status, type] of [
    ['a refusal', 403, 'application/json'],
    ['a refusal with status 200', 200, 'application/json'],
    ['a refusal that calls itself a file', 200, 'application/octet-stream'],
  ] as const) {
    it(`are not taken from ${what}`, async () => {
      const { portal, access, sent } = await scene();
      const files = await sent({ name: 'b.txt' });
      const headers = { 'Content-Type': type };
      portal.failNext({ method: 'download', with: { status, error: 'ACCESS_DENIED', headers } });
      assert.deepEqual(await describeFiles(files, access), files);
    });
  }

  it('are not taken from a page', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent({ name: 'b.txt' });
    portal.failNext({ method: 'download', with: 'html' });
    assert.deepEqual(await describeFiles(files, access), files);
  });

  it('are asked for four at a time', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent(...Array.from({ length: 9 }, (_, n) => ({ name: `${n}.txt` })));
    let [now, most] = [0, 0];
    const rest: typeof access.portal.rest = {
      async call(method, params, options) {
        now += 1;
        most = Math.max(most, now);
        try {
          return await access.portal.rest.call(method, params, options);
        } finally {
          now -= 1;
        }
      },
    };
    const described = await describeFiles(files, { ...access, portal: { rest, origin: portal.origin } });
    assert.deepEqual(
      described.map(({ name }) => name),
      files.map((_, n) => `${n}.txt`),
    );
    assert.equal(most, 4);
  });

  it('that do not come in time are left out, and the others kept', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent({ name: 'a.txt' }, { name: 'b.txt' });
    const [first, second] = files;
    const named = await describeFiles(first ? [first] : [], access);
    portal.failNext({ method: link, times: 9, with: 'hang' });
    const clock = manualClock();
    const describing = describeFiles([...named, ...(second ? [second] : [])], { ...access, clock });
    await until(() => clock.pending() === 1, 'the time limit');
    await clock.advance(5000);
    assert.deepEqual(await describing, [...named, second]);
    assert.equal(clock.pending(), 0);
  });

  it('are given up when the asking is stopped', async () => {
    const { portal, access, sent } = await scene();
    const files = await sent({ name: 'a.txt' });
    portal.failNext({ method: 'download', with: 'hang' });
    const stop = new AbortController();
    const clock = manualClock();
    const describing = failureOf(describeFiles(files, { ...access, clock, signal: stop.signal }));
    await portal.waitForCall(({ method }) => method === link);
    stop.abort();
    assert.ok((await describing) instanceof CancelledError);
    assert.equal(clock.pending(), 0);
    assert.ok(
      (await failureOf(describeFiles(files, { ...access, signal: stop.signal }))) instanceof CancelledError,
    );
  });

  it('are told for a bot of v1 as well, where the portal lets it', async () => {
    const { access, sent } = await scene({ portal: { v2MethodsForV1Bots: true }, bot: { api: 'v1' } });
    const [file] = await describeFiles(await sent({ name: 'a.txt' }), access);
    assert.equal(file?.name, 'a.txt');
    const strict = await scene({ bot: { api: 'v1' } });
    const files = await strict.sent({ name: 'a.txt' });
    assert.deepEqual(await describeFiles(files, strict.access), files);
  });
});
