import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createGate } from '../../sandbox/speechsense';
import { until } from '../support/until';
import { metadata, onlyTalk, talkIn, useAudioScene, wav } from './speechsense-upload-audio-scene';

const namelessRow = {
  ...{ ID: '7', PORTAL_USER_ID: '1269', PHONE_NUMBER: '+15550100', CALL_TYPE: '1' },
  ...{ CALL_START_DATE: '2026-03-10T11:19:38+01:00', RECORD_FILE_ID: 9 },
};
const row = { ...namelessRow, CALL_ID: 'call-7' };

describe('the upload node for recordings, with messages that are not the usual ones', function () {
  const scene = useAudioScene();
  const bytes = wav(1);

  it('knows a row without a CALL_ID by its own id, whatever else is said of it', async () => {
    await scene.deploy({ audio: 'recording' });
    const seen = [];
    for (const name of ['Anna', 'Orlova Anna']) {
      const call = { operator: { name } };
      const message = await scene.ask({ payload: namelessRow, recording: bytes, call });
      const { uploadKey, reused } = talkIn(message);
      seen.push([uploadKey, reused]);
    }
    assert.deepEqual(seen, [
      ['ID_7', false],
      ['ID_7', true],
    ]);
    assert.equal(onlyTalk(scene.service).fields['operator_id'], '1269');
  });

  it('takes no other row for a call', async () => {
    await scene.deploy({ audio: 'recording' });
    const message = await scene.ask({ payload: { ID: '7', TITLE: 'A deal' }, recording: bytes, metadata });
    assert.notEqual(talkIn(message).uploadKey, 'ID_7');
  });

  it('puts no more recordings aside at once than it uploads at once', async () => {
    const gate = createGate();
    let open = 0;
    let most = 0;
    const origin = await scene.serve((_request, response) => {
      open += 1;
      most = Math.max(most, open);
      const answer = (): void => {
        open -= 1;
        response.end(bytes);
      };
      gate.pass().then(answer, () => response.destroy());
    });
    await scene.deploy({ allowPrivateNetwork: true });
    const uploads = Array.from({ length: 20 }, (_, place) =>
      scene.ask({ payload: `${origin}/${place}`, metadata: { ...metadata, client_id: String(place) } }),
    );
    await until(() => open >= 4, 'four downloads');
    // Who has a key goes ahead; by the time it is through, all the others could have begun.
    talkIn(await scene.ask({ payload: wav(2), metadata, uploadKey: 'keyed' }));
    assert.equal(most, 4);
    gate.open();
    for (const message of await Promise.all(uploads)) assert.equal(talkIn(message).reused, false);
    assert.deepEqual([most, scene.service.talks.length, scene.temporaryFiles()], [4, 21, []]);
  });

  it('leaves out what is to come from a property of one that the message does not have', async () => {
    const fields = [{ key: 'deal', from: 'deal.title.text', fromType: 'msg' }];
    await scene.deploy({ audio: 'recording', fields });
    for (const deal of [undefined, null, {}, 'a text']) {
      talkIn(await scene.ask({ payload: row, recording: bytes, deal }));
    }
    assert.ok(!('deal' in onlyTalk(scene.service).fields));
  });

  it('refuses a path to a property that cannot be one', async () => {
    const fields = [{ key: 'deal', from: 'deal..title', fromType: 'msg' }];
    await scene.deploy({ audio: 'recording', fields });
    assert.equal((await scene.refused({ payload: row, recording: bytes })).code, 'CONFIG_INVALID');
  });

  it('closes a stream that it does not need, or is not to have', async () => {
    await scene.deploy();
    const { talkId } = talkIn(await scene.ask({ payload: bytes, metadata }));
    const path = scene.file('unread.wav', bytes);
    const [unread, refused] = [createReadStream(path), createReadStream(path)];
    const message = await scene.ask({ payload: unread, talkId, metadata: { ticket_id: '5' } });
    assert.deepEqual([talkIn(message).updated, 'payload' in message], [true, false]);
    await scene.refused({ payload: refused, metadata: { connection_id: 'another' } });
    await until(() => unread.closed && refused.closed, 'both streams to be closed');
  });
});
