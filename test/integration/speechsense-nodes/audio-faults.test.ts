import assert from 'node:assert/strict';
import { createGate, grpcStatus, type Fault } from '../../../sandbox/speechsense';
import { audioFlow, sha256, useAudioHouse, type Row } from './audio-flow';

describe('recordings and what can go wrong with them, in a real Node-RED', function () {
  const house = useAudioHouse();

  before(() => house.deploy(audioFlow(house.service, house.portal, { method: 'stream' })));

  function assertOneWholeTalk(row: Row): void {
    assert.deepEqual(
      house.talksOf(row).map(({ sha256: digest }) => digest),
      [sha256(house.bytesOf(row))],
    );
  }

  const long = (): Promise<Row> => house.newCall({ duration: 80, record: { seconds: 75 } });

  describe('on the way from the portal', () => {
    for (const fault of ['cut', 'short', 'reset'] as const) {
      it(`a download with the fault ${fault} is made again, and makes one whole talk`, async () => {
        const row = await house.newCall();
        house.portal.telephony.breakRecord(Number(row['ID']), fault);
        assert.equal(house.uploaded(await house.upload(row)).reused, false);
        assertOneWholeTalk(row);
      });
    }

    for (const [what, init, code] of [
      ['no recording in the row', { record: 'none' }, 'BITRIX_RECORDING_NOT_READY'],
      ['an empty file', { record: { bytes: Buffer.alloc(0) } }, 'BITRIX_RECORDING_NOT_READY'],
    ] as const) {
      it(`${what} is told by its code`, async () => {
        const row = await house.newCall(init);
        assert.equal(await house.refused(row), code);
        assert.equal(house.talksOf(row).length, 0);
      });
    }

    it('a recording that is not there yet makes a talk later', async () => {
      const row = await house.newCall({ record: 'none' });
      assert.equal(await house.refused(row), 'BITRIX_RECORDING_NOT_READY');
      house.portal.telephony.attachRecord(Number(row['ID']));
      const later = await house.rowOf(String(row['CALL_ID']));
      assert.equal(house.uploaded(await house.upload(later)).reused, false);
      assertOneWholeTalk(row);
    });

    it('a page with status 200 is told by its code, and the recording makes a talk later', async () => {
      const row = await house.newCall();
      house.portal.telephony.breakRecord(Number(row['ID']), 'html', Infinity);
      assert.equal(await house.refused(row), 'BITRIX_UNREACHABLE');
      house.portal.telephony.breakRecord(Number(row['ID']), 'html', 0);
      assert.equal(house.uploaded(await house.upload(row)).reused, false);
      assertOneWholeTalk(row);
    });

    it('a page in the place of the file itself is told by its code', async () => {
      const bytes = Buffer.from('\n\n<!DOCTYPE html><html><body>Sign in</body></html>');
      const row = await house.newCall({ record: { bytes } });
      assert.match((await house.refused(row)) ?? '', /^(?:BITRIX_UNREACHABLE|AUDIO_NOT_RECORDING)$/);
    });

    it('a recording that was replaced, or may not be read, is told by its code', async () => {
      const row = await house.newCall();
      house.portal.telephony.attachRecord(Number(row['ID']));
      assert.equal(await house.refused(row), 'BITRIX_RECORDING_GONE');
      const other = await house.newCall();
      const denied = { status: 403, error: 'ACCESS_DENIED' };
      house.portal.failNext({ method: 'disk.file.get', with: denied });
      assert.equal(await house.refused(other), 'BITRIX_RECORDING_DENIED');
    });
  });

  describe('on the way to SpeechSense', () => {
    const faults: readonly (readonly [string, Fault])[] = [
      ['is refused for a moment', { refuse: { code: grpcStatus.unavailable, message: 'restarting' } }],
      ['is reset in the middle', { when: 2, reset: 2 }],
      ['loses its connection in the middle', { when: 1, drop: true }],
      ['loses its answer', { drop: true, keeps: true }],
      ['is answered before its end', { when: 2, early: true }],
      ['is answered without an id', { nameless: true }],
    ];

    for (const [what, fault] of faults) {
      it(`an upload that ${what} makes one talk`, async () => {
        const row = await long();
        house.service.script(fault);
        const talk = house.uploaded(await house.upload(row));
        const talks = house.talksOf(row);
        assert.deepEqual(
          talks.map(({ id }) => id),
          [talk.talkId],
        );
        if (fault.early !== true) assertOneWholeTalk(row);
        assert.equal(house.uploaded(await house.upload(row)).reused, true);
      });
    }

    it('a refusal is told, and makes none', async () => {
      const row = await long();
      house.service.setMember(false);
      assert.equal(await house.refused(row), 'SPEECHSENSE_DENIED');
      house.service.setMember(true);
      assert.equal(house.uploaded(await house.upload(row)).reused, false);
      assertOneWholeTalk(row);
    });

    it('a deploy in the midst of it ends it, and the next try makes one talk', async () => {
      const row = await long();
      const hold = createGate();
      house.service.script({ when: 1, hold });
      house.send('upload', house.messageOf(row));
      await hold.arrived;
      await house.deploy(audioFlow(house.service, house.portal, { method: 'stream' }));
      hold.open();
      house.uploaded(await house.upload(row));
      assertOneWholeTalk(row);
    });
  });
});
