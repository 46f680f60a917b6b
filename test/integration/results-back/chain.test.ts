import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import {
  bothFlows,
  HOUR_MS,
  knownClient,
  looksAt,
  node,
  talkMessage,
  useResultsHouse,
} from './results-house';
import { shippedFlow } from '../bitrix24-nodes/shipped';

const code = (message: unknown): string | undefined => textAt(message, 'error', 'code');
const once = (message: unknown): string | undefined => textAt(message, 'rest', 'once');

describe('the shipped flow that brings results back, beside the call sync', function () {
  const house = useResultsHouse();

  it('writes one comment into the card and one transcript to the call', async () => {
    const place = await house.open();
    const call = place.portal.telephony.addCall(knownClient);
    await place.sync();
    await place.untilHeard('commented');
    await place.untilHeard('transcribed');
    const [comment, ...others] = place.portal.timeline;
    assert.deepEqual([comment?.entityType, comment?.entityId, others.length], ['CONTACT', 275, 0]);
    assert.equal(
      comment?.text,
      [
        ...['[B]Conversation in SpeechSense[/B]', '', '[B]What the client wanted[/B]', 'To order a delivery'],
        ...['', '[B]Tags:[/B] politeness (3)', ''],
      ].join('\n'),
    );
    const [transcript, ...more] = place.transcripts();
    assert.deepEqual([transcript?.callId, more.length], [call.callId, 0]);
    assert.deepEqual(transcript?.phrases, [
      { side: 'User', startTime: 0, stopTime: 3, text: 'Good day, how can I help?' },
      { side: 'Client', startTime: 4, stopTime: 7, text: 'I would like to order a delivery' },
    ]);
    assert.deepEqual([place.heard('errors'), place.heard('refusals')], [[], []]);
  });

  for (const end of ['link in', 'link out']) {
    it(`is reached when the ${end} alone names the other end`, async () => {
      const place = await house.open();
      const unnamed = end === 'link in' ? 'link out' : 'link in';
      await place.deploy(
        'full',
        bothFlows().map((part) => (textAt(part, 'type') === unnamed ? { ...part, links: [] } : part)),
      );
      place.portal.telephony.addCall(knownClient);
      await place.sync();
      await place.untilHeard('commented');
      assert.equal(place.comments().length, 1);
    });
  }

  it('lets the sync go on while talks are analysed, and forgets none of them in a restart', async () => {
    const place = await house.open();
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    for (let count = 0; count < 3; count += 1) place.portal.telephony.addCall(knownClient);
    const report = await place.sync();
    assert.deepEqual([at(report, 'how'), at(report, 'sent')], ['done', 3]);
    await place.untilLookedAt();
    assert.deepEqual(place.comments(), []);
    await place.deploy();
    await until(
      () => /waited for: 3/.test(house.scene.watch.status(node('wait')) ?? ''),
      'the count of talks',
    );
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    await place.untilHeard('commented', 3);
    await place.untilHeard('transcribed', 3);
    assert.deepEqual([place.comments().length, place.transcripts().length], [3, 3]);
    await place.untilAllIsHandedOut();
    const before = looksAt(place.service);
    await place.deploy();
    // Nothing is left to wait for: the next talk is the only one that is looked at.
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await place.untilHeard('commented');
    assert.equal(looksAt(place.service), before + 1);
    assert.equal(place.comments().length, 4);
  });

  it('repeats nothing when the sync reads the calls again', async () => {
    const place = await house.open();
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await place.untilHeard('commented');
    await place.untilHeard('transcribed');
    await place.untilAllIsHandedOut();
    house.scene.send('bitlane-calls-source', { payload: { action: 'reset' } });
    await place.sync();
    assert.deepEqual((await place.untilHeard('commented', 2)).map(once), ['done', 'done before']);
    assert.deepEqual((await place.untilHeard('transcribed', 2)).map(once), ['done', 'done before']);
    assert.deepEqual([place.comments().length, place.transcripts().length], [1, 1]);
    const ids = place.heard('commented').map((message) => at(message, 'payload'));
    assert.deepEqual(ids, [place.portal.timeline[0]?.id, place.portal.timeline[0]?.id]);
  });

  it('takes copies of a message for one, together and one after the other', async () => {
    const place = await house.open();
    place.portal.telephony.addCall(knownClient);
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    await place.sync();
    await place.untilLookedAt();
    const message = talkMessage(place);
    for (let copy = 0; copy < 5; copy += 1) place.bring(message);
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    await place.untilHeard('commented');
    await place.untilHeard('transcribed');
    await place.untilAllIsHandedOut();
    place.bring(message);
    await place.untilHeard('commented', 2);
    await place.untilHeard('transcribed', 2);
    assert.deepEqual([place.comments().length, place.transcripts().length], [1, 1]);
  });

  it('has the transcript alone for a client whom the CRM does not know', async () => {
    const place = await house.open();
    const call = place.portal.telephony.addCall({ duration: 40, phone: '+74950000002' });
    await place.sync();
    await place.untilHeard('transcribed');
    const [told] = await place.untilHeard('no-card');
    assert.equal(textAt(told, 'call', 'callId'), call.callId);
    // The sidebar of the editor is no place for the number, the name and the recording of a client.
    const shown = shippedFlow('SpeechSense/5 Results back to CRM.json').map((node) =>
      textAt(node, 'complete'),
    );
    assert.deepEqual(
      shown.filter((property) => /^(?:true|call|payload|bitrix)$/.test(property ?? '')),
      [],
    );
    assert.deepEqual([place.comments(), place.transcripts().length], [[], 1]);
    assert.deepEqual(place.heard('errors'), []);
  });

  it('has the comment alone where the portal takes no transcript, and the transcript later', async () => {
    const place = await house.open();
    place.portal.telephony.setTranscripts('refused');
    place.portal.telephony.addCall(knownClient);
    const report = await place.sync();
    assert.equal(at(report, 'sent'), 1);
    await place.untilHeard('commented');
    assert.deepEqual((await place.untilHeard('refusals')).map(code), ['BITRIX_AUTH']);
    assert.deepEqual([place.comments().length, place.transcripts().length], [1, 0]);
    assert.deepEqual(place.heard('errors'), []);
    place.portal.telephony.setTranscripts('taken');
    await place.untilAllIsHandedOut();
    place.bring(talkMessage(place));
    assert.deepEqual((await place.untilHeard('transcribed')).map(once), ['done']);
    await place.untilHeard('commented', 2);
    assert.deepEqual([place.comments().length, place.transcripts().length], [1, 1]);
  });

  it('says that a talk could not be analysed, and goes on with the others', async () => {
    const place = await house.open();
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    const bad = place.portal.telephony.addCall(knownClient);
    place.portal.telephony.addCall({ ...knownClient, crm: { type: 'LEAD', id: 3 } });
    await place.sync();
    const talk = place.service.talks.find(({ fields }) => fields['id'] === String(bad.id));
    place.service.failAnalysis(talk?.id ?? assert.fail('no talk'));
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    const [failed, ...others] = await place.untilHeard('errors');
    await place.untilHeard('commented');
    assert.deepEqual([code(failed), others.length], ['SPEECHSENSE_ANALYSIS', 0]);
    assert.equal(textAt(failed, 'call', 'callId'), bad.callId);
    assert.deepEqual(
      place.portal.timeline.map(({ entityType, entityId }) => [entityType, entityId]),
      [['LEAD', 3]],
    );
  });

  it('does not wait for a flow that was never imported', async () => {
    const place = await house.open();
    const alone = bothFlows().filter(
      (part) => textAt(part, 'id') !== node('flow') && textAt(part, 'z') !== node('flow'),
    );
    await place.deploy('full', alone);
    place.portal.telephony.addCall(knownClient);
    const report = await place.sync();
    assert.deepEqual([at(report, 'how'), at(report, 'sent')], ['done', 1]);
    assert.deepEqual(
      house.scene.red.log.filter((line) => /bitlane-results/.test(line)),
      [],
    );
  });
});
