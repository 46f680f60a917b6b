import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { createGate } from '../../../sandbox/speechsense';
import { grpcStatus } from '../../../sandbox/speechsense/faults';
import { until } from '../../support/until';
import { useScene } from '../bitrix24-nodes/scene';
import { errorsId, openPlace, sourceId, type ChatsPlace } from './chats-place';

const historyMethod = 'imopenlines.session.history.get';
const hello = [
  { from: 'client' as const, text: 'Hello' },
  { from: 7, text: 'Good day' },
];

describe('the shipped flow SpeechSense / 2 Open Channel chats, in a real Node-RED', function () {
  const scene = useScene();
  let place: ChatsPlace;

  beforeEach(async () => {
    place = await openPlace(scene);
  });
  afterEach(() => place.stop());

  const status = (): string => scene.watch.status(sourceId) ?? '';

  it('sends each finished chat with its metadata, and tells how it went', async () => {
    const { portal, service } = place;
    const session = portal.sessions.seed({ client: { firstName: 'Zoe', lastName: 'Ray' } });
    await place.deploy();
    const summary = await place.ask(true);
    const [talk, ...others] = service.talks;
    assert.equal(others.length, 0);
    const client = portal.state.chats.get(session.chatId)?.openLine?.clientId;
    const { date, bot_id, bot_name, operator_name, ...fields } = talk?.fields ?? {};
    assert.deepEqual(fields, {
      operator_id: '7',
      client_id: String(client),
      client_name: 'Zoe Ray',
      direction_outgoing: 'false',
      language: 'ru-RU',
      upload_key: `chat:${portal.domain}:${session.id}`,
      session_id: String(session.id),
      ticket_id: `chat${session.chatId}`,
    });
    assert.match(date ?? '', /^\d{4}-\d\d-\d\dT[\d:]+\.000Z$/);
    assert.equal(bot_name, 'Helper');
    assert.notEqual(operator_name, '');
    assert.deepEqual(
      talk?.messages.map((message) => [textAt(message, 'user_id'), textAt(message, 'text', 'text')]),
      [
        [String(client), 'Hello, where is my order 512?'],
        [bot_id, 'Hello! I am looking for it. Order 512 (https://shop.example/512)'],
        [String(client), 'Please call a person'],
        ['7', 'Good day, client, it comes tomorrow.'],
        [String(client), 'Thank you'],
      ],
    );
    assert.deepEqual(
      [summary['how'], summary['handled'], summary['sent'], summary['skipped'], summary['by']],
      ['done', 1, 1, 0, 'person'],
    );
    await until(() => status() === '1 of 1', 'the status');
  });

  it('misses none and sends none twice, however often it is deployed while chats come and go', async () => {
    const { portal, service } = place;
    const wanted = portal.sessions.seedMany({ count: 150 }).map(({ id }) => id);
    const open = Array.from({ length: 5 }, () => portal.sessions.seed({ lines: hello, finished: false }));
    await place.deploy({ inFlight: 8 });
    place.send(true);
    for (const part of [20, 60, 110]) {
      await until(() => service.talks.length >= part, `${part} talks`);
      wanted.push(portal.sessions.seed({ lines: hello }).id);
      const [ending] = open.splice(0, 1);
      const chat = portal.state.chats.get(ending?.chatId ?? 0);
      assert.ok(ending && chat);
      portal.closeSession(chat);
      wanted.push(ending.id);
      await place.deploy({ inFlight: 8 });
      place.send(true);
    }
    // An upload that a deploy has broken off is late until SpeechSense can tell, or until a person does.
    await place.idle();
    await place.ask({ action: 'late' });
    await place.sendHeldAgain();
    const { lateNow, failedNow } = await place.ask({ action: 'late' });
    assert.deepEqual([lateNow, failedNow], [2, 0]);
    assert.deepEqual(
      place.sent(),
      wanted.sort((one, other) => one - other),
    );
  });

  it('runs by itself, and finds what has finished since', async () => {
    const first = place.portal.sessions.seed({ lines: hello });
    await place.deploy({ everyMinutes: 0.002 });
    await until(() => place.sent().length === 1, 'the first');
    const second = place.portal.sessions.seed({ lines: hello });
    await until(() => place.sent().length === 2, 'the second');
    assert.deepEqual(place.sent(), [first.id, second.id]);
  });

  it('leaves out other lines and chats in which nobody asked anything, and says why', async () => {
    await place.stop();
    place = await openPlace(scene, { lines: [{ id: 3 }, { id: 5 }] });
    const { portal } = place;
    portal.sessions.seed({ lineId: 5, lines: hello });
    portal.sessions.seed({ lines: [{ from: 7, text: 'Anybody there?' }] });
    portal.sessions.seed({ lines: [] });
    const wanted = portal.sessions.seed({ lines: hello });
    await place.deploy({ lines: '3' });
    const counted = await place.ask({ action: 'dry-run' }, 'dry-run');
    assert.deepEqual([counted['looked'], counted['wanted'], counted['unwanted']], [4, 3, 1]);
    assert.equal(place.sent().length, 0);
    const summary = await place.ask(true);
    assert.deepEqual(place.sent(), [wanted.id]);
    assert.deepEqual([summary['sent'], summary['skipped']], [1, 3]);
    assert.deepEqual(summary['skippedBecause'], { 'no-client': 1, empty: 1 });
    const nothing = await place.ask(true);
    assert.deepEqual([nothing['handled'], nothing['skippedBecause']], [0, undefined]);
  });

  it('lists a chat that a person may not see, and sends it again on request', async () => {
    const { portal } = place;
    const session = portal.sessions.seed({ lines: hello });
    const denied = { status: 403, error: 'ACCESS_DENIED' };
    portal.failNext({ method: historyMethod, times: Infinity, with: denied });
    await place.deploy({ attempts: 1 });
    const summary = await place.ask(true);
    assert.deepEqual([summary['sent'], summary['failedNow']], [0, 1]);
    const [caught] = await scene.heard(errorsId, 1);
    assert.equal(textAt(caught, 'error', 'code'), 'SYNC_ROW_FAILED');
    assert.match(
      textAt(caught, 'error', 'message') ?? '',
      new RegExp(`session ${session.id}.*ACCESS_DENIED`),
    );
    const report = await place.ask({ action: 'status' }, 'status');
    assert.deepEqual([report['failed'], entriesAt(report, 'failedRows').length], [1, 1]);
    portal.clearFaults();
    await place.ask({ action: 'retry', ids: [session.activityId] });
    assert.deepEqual(place.sent(), [session.id]);
  });

  it('takes an error that a Catch node shows for a failure, and tries again', async () => {
    const { portal, service } = place;
    const session = portal.sessions.seed({ lines: hello });
    const refuse = { code: grpcStatus.invalidArgument, message: 'not now' };
    service.script({ refuse });
    await place.deploy();
    await place.ask(true);
    assert.ok(scene.watch.heard(errorsId).length > 0, 'the Catch node has shown it');
    assert.deepEqual(place.sent(), [session.id]);

    const other = portal.sessions.seed({ lines: hello });
    service.script({ refuse }, { refuse });
    await place.deploy({ attempts: 2 });
    const summary = await place.ask(true);
    assert.deepEqual([summary['failed'], summary['sent'], summary['failedNow']], [1, 0, 1]);
    assert.deepEqual(place.sent(), [session.id]);
    await place.ask({ action: 'retry' });
    assert.deepEqual(place.sent(), [session.id, other.id]);
  });

  it('takes an upload for done that a second upload node has mended behind a Catch node', async () => {
    const { portal, service } = place;
    const session = portal.sessions.seed({ lines: hello });
    service.script({ refuse: { code: grpcStatus.invalidArgument, message: 'not by this one' } });
    await place.deploy({ attempts: 1 }, 'full', {
      catchTo: { type: 'speechsense-upload-text', connection: 'bitlane-speechsense-chat', store: '' },
    });
    const summary = await place.ask(true);
    assert.deepEqual([summary['sent'], summary['failedNow']], [1, 0]);
    assert.deepEqual(place.sent(), [session.id]);
  });

  it('reads the chat itself where the key has no right to histories', async () => {
    await place.stop();
    place = await openPlace(scene, { webhook: { userId: 7, admin: false } });
    const { portal } = place;
    const session = portal.sessions.seed({ lines: hello });
    portal.state.chats.get(session.chatId)?.members.add(7);
    const denied = { status: 403, error: 'ACCESS_DENIED' };
    portal.failNext({ method: historyMethod, with: denied });
    await place.deploy();
    await place.ask(true);
    assert.deepEqual(place.sent(), [session.id]);
    assert.ok(portal.calls.some(({ method }) => method === 'im.dialog.messages.get'));
  });

  describe('in the panel', () => {
    it('shows each cursor, and stops, starts and sets it back', async () => {
      const { portal, service } = place;
      portal.sessions.seedMany({ count: 30 });
      await place.deploy({ inFlight: 1 });
      assert.equal(textAt(await place.cursor(), 'state'), 'idle');
      const hold = createGate();
      service.script({}, {}, {}, { hold });
      assert.deepEqual(await place.press({ action: 'start' }), { ok: true });
      await hold.arrived;
      assert.deepEqual(await place.press({ action: 'stop' }), { ok: true });
      hold.open();
      const seen = await place.idle();
      const stopped = service.talks.length;
      assert.ok(stopped < 30);
      assert.deepEqual(
        [at(seen, 'sent'), at(seen, 'total'), textAt(seen, 'kind'), textAt(seen, 'id')],
        [stopped, 30, 'chats', sourceId],
      );
      assert.match(textAt(seen, 'last', 'title') ?? '', /^session \d+, telegrambot → .+$/);
      await place.ask(true);
      assert.equal(service.talks.length, 30);
      assert.deepEqual(await place.press({ action: 'reset' }), { ok: true });
      assert.equal(at(await place.cursor(), 'position'), 0);
      const again = await place.ask(true);
      assert.deepEqual([again['handled'], service.talks.length], [30, 30]);
    });

    it('lists what failed with the reason, and sends it again or forgets it', async () => {
      const { portal } = place;
      const sessions = [portal.sessions.seed({ lines: hello }), portal.sessions.seed({ lines: hello })];
      portal.failNext({
        method: historyMethod,
        times: Infinity,
        with: { status: 400, error: 'INVALID_SESSION_ID' },
      });
      await place.deploy();
      await place.ask(true);
      const failed = entriesAt(await place.cursor(), 'failedRows');
      assert.deepEqual(
        failed.map((row) => textAt(row, 'title')),
        sessions.map(({ id }) => `session ${id}, telegrambot`),
      );
      assert.match(textAt(failed[0], 'reason') ?? '', /INVALID_SESSION_ID/);
      const told = await place.metrics();
      assert.ok(told.includes(`bitlane_sync_rows_failed{node="${sourceId}"} 2`), told.join('\n'));
      assert.match(told.join('\n'), /^bitlane_sync_rows_total\{node=".+",how="failed"\} [1-9]\d*$/m);
      assert.match(told.join('\n'), /^bitlane_sync_rows_total\{node=".+",how="done"\} [1-9]\d*$/m);
      assert.match(told.join('\n'), /^bitlane_sync_lag_seconds\{node=".+"\} \d+(?:\.\d+)?$/m);
      portal.clearFaults();
      await place.press({ action: 'retry', ids: [sessions[1]?.activityId] });
      await until(() => place.sent().length === 1, 'the second one');
      await place.idle();
      assert.deepEqual(await place.press({ action: 'drop' }), { ok: true });
      assert.deepEqual(entriesAt(await place.cursor(), 'failedRows'), []);
      assert.deepEqual(place.sent(), [sessions[1]?.id]);
    });

    it('takes no order that it cannot read', async () => {
      await place.deploy();
      for (const order of [
        { action: 'explode' },
        { action: 'retry', ids: ['all'] },
        { action: 'drop', ids: [] },
      ]) {
        assert.deepEqual(await place.press(order), { ok: false });
      }
      assert.deepEqual(await place.press({ action: 'start', key: 'another' }), { ok: false });
    });
  });
});
