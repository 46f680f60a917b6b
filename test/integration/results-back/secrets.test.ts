import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { HOUR_MS, useResultsHouse, type ResultsPlace } from './results-house';

const marker = {
  key: 'AQVN-MARKER-5ecret-key-of-speechsense',
  phone: '79061234599',
  token: 'MARKER-token-in-a-message',
} as const;
/** What the stand-in says of every talk. */
const words = ['order a delivery', 'how can I help', 'politeness'];

describe('secrets and the words of clients on their way back', function () {
  const house = useResultsHouse({ logLevel: 'trace' });
  let place: ResultsPlace;
  let kept = '';

  before(async () => {
    place = await house.open({ apiKey: marker.key });
    place.service.setTimes({ readyAfterMs: HOUR_MS });
    const crm = { type: 'CONTACT', id: 275 } as const;
    place.portal.telephony.addCall({ duration: 40, phone: marker.phone, crm });
    await place.sync();
    await place.untilLookedAt();
    kept = stored();
    // Refused by a portal that repeats what it was sent.
    const no = (said: string): { status: number; error: string; error_description: string } => ({
      ...{ status: 400, error: 'ERROR_CORE', error_description: `${said} ${marker.key}` },
    });
    const phrases = 'Good day, how can I help? I would like to order a delivery';
    place.portal.failNext({ method: 'telephony.call.attachTranscription', with: no(phrases) });
    place.portal.failNext({ method: 'crm.timeline.comment.add', with: no('To order a delivery') });
    place.service.setTimes({ readyAfterMs: 0 });
    await place.deploy();
    await place.untilHeard('errors');
    await place.untilHeard('refusals');
  });

  function stored(): string {
    const { userDir } = house.scene.red;
    const files = readdirSync(join(userDir, 'bitlane'), { recursive: true, encoding: 'utf8' });
    return files
      .map((file) => join(userDir, 'bitlane', file))
      .filter((file) => !file.endsWith('lock'))
      .map((file) => readOrNothing(file))
      .join('\n');
  }

  it('keeps what waits where nobody reads it', () => {
    assert.match(kept, /speechsense:waiting:/);
    assert.ok(!kept.includes(marker.phone));
    assert.ok(!kept.includes('"callId"'));
  });

  it('brings no token back', async () => {
    const inputs = { access_token: marker.token, MESSAGE: 'Hello' };
    const talkId = place.service.talks[0]?.id;
    await place.untilAllIsHandedOut();
    place.bring({ call: {}, inputs, botToken: marker.token, speechsense: { talkId } });
    const [, came] = await place.untilHeard('phrases', 2);
    assert.match(inspect(came, { depth: 5 }), /MESSAGE: 'Hello'/);
    assert.ok(!inspect(came, { depth: 9 }).includes(marker.token));
  });

  it('says none of them in a log, a status or an error', () => {
    const { red, watch } = house.scene;
    const errors = [...place.heard('errors'), ...place.heard('refusals')].map((message) =>
      inspect(Reflect.get(Object(message), 'error'), { depth: 9 }),
    );
    assert.ok(errors.length >= 2);
    const shown = [...errors, ...red.log, ...watch.statuses.map((status) => JSON.stringify(status))].join(
      '\n',
    );
    const secret = place.portal.state.webhook.secret;
    for (const hidden of [...words, marker.key, marker.token, marker.phone, secret]) {
      assert.ok(!shown.includes(hidden), `${hidden} is in ${lineWith(shown, hidden)}`);
    }
  });
});

function lineWith(text: string, part: string): string {
  return text.split('\n').find((line) => line.includes(part)) ?? '';
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
