import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import { bothFlows, knownClient, node, useResultsHouse } from './results-house';

/** As somebody has it who answered "Import copy": flow 5 with a connection of its own that nobody has filled in. */
function withUnfilledCopy(): object[] {
  const flows = bothFlows();
  const connection = flows.find((part) => textAt(part, 'type') === 'speechsense-connection') ?? assert.fail();
  const copy = { ...connection, id: 'unfilled-copy', connectionId: '', credentials: {} };
  return [
    ...flows.map((part) => (textAt(part, 'id') === node('wait') ? { ...part, connection: copy.id } : part)),
    copy,
  ];
}

describe('results whose flow is not filled in yet', function () {
  const house = useResultsHouse();

  it('are not lost: what cannot be noted is no sent call, and is sent on when the flow is mended', async () => {
    const place = await house.open();
    await place.deploy('full', withUnfilledCopy());
    for (let count = 0; count < 5; count += 1) place.portal.telephony.addCall(knownClient);
    const halted = await place.sync();
    assert.deepEqual([at(halted, 'how'), at(halted, 'sent')], ['failed', 0]);
    assert.equal(textAt(halted, 'error', 'code'), 'SYNC_HALTED');
    const uploaded = place.service.talks.length;
    assert.ok(uploaded > 0);

    await place.deploy('full', bothFlows());
    const mended = await place.sync();
    assert.deepEqual([at(mended, 'how'), at(mended, 'sent')], ['done', 5]);
    await place.untilHeard('commented', 5);
    await place.untilHeard('transcribed', 5);
    // The talks of the first run were found again, and none was made a second time.
    assert.equal(place.service.talks.length, 5);
    assert.deepEqual([place.comments().length, place.transcripts().length], [5, 5]);
    assert.deepEqual(place.heard('errors'), []);
  });
});
