import assert from 'node:assert/strict';
import { recordAt, serviceOf } from '../../../lib/speechsense/upload-record';

describe('the record of a speechsense upload', () => {
  it('is the same under both names of the official service, and another one elsewhere', () => {
    const [current, older] = [
      'api.speechsense.yandexcloud.net:443',
      'api.talk-analytics.yandexcloud.net:443',
    ];
    assert.equal(serviceOf(older), serviceOf(current));
    assert.notEqual(serviceOf('127.0.0.1:443'), serviceOf(current));
  });

  it('tells nothing of a service that it does not name', () => {
    const record = { state: 'done', at: 1, service: 'a:1', talkId: 'aud1' } as const;
    assert.equal(recordAt(record, 'a:1'), record);
    assert.equal(recordAt(record, 'b:1'), undefined);
    assert.equal(recordAt({ ...record, service: 'b:1', elsewhere: [record] }, 'a:1'), record);
  });
});
