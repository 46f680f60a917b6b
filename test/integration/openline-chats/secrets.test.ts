import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { grpcStatus } from '../../../sandbox/speechsense/faults';
import { useScene } from '../bitrix24-nodes/scene';
import { openPlace } from './chats-place';

const marker = 'MARKERofachat7f3a';

describe('what is said in chats', function () {
  const scene = useScene({ logLevel: 'trace' });

  it('stands in no log, status, error or panel, also when all goes wrong', async () => {
    const place = await openPlace(scene);
    const { portal, service } = place;
    const lines = [
      { from: 'client' as const, text: `Hello ${marker}` },
      { from: 7, text: `Good day ${marker}` },
    ];
    const client = { firstName: marker, lastName: marker };
    for (let count = 0; count < 4; count += 1) portal.sessions.seed({ lines, client });
    portal.failNext({ method: 'imopenlines.session.history.get', with: { status: 400, error: 'WRONG' } });
    const refuse = { code: grpcStatus.invalidArgument, message: 'no' };
    service.script({ refuse }, { refuse }, { drop: true, keeps: true });
    await place.deploy({ attempts: 2 });
    await place.ask(true);
    await place.ask({ action: 'status' }, 'status');
    const panel = inspect(await place.cursor(), { depth: 9 });
    const all = { breakLength: Infinity, depth: 9, maxArrayLength: null, maxStringLength: null };
    assert.ok(service.talks.length > 0);
    assert.match(inspect(service.talks, all), new RegExp(marker));
    const shown = [scene.red.log, scene.watch.statuses, scene.watch.published].map((list) =>
      inspect(list, all),
    );
    for (const text of [panel, ...shown]) assert.doesNotMatch(text, new RegExp(marker));
    await place.stop();
  });
});
