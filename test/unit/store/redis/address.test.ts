import assert from 'node:assert/strict';
import { InvalidError } from '../../../../lib/core/errors';
import { parseRedisAddress } from '../../../../lib/store/redis/address';

const none = { username: undefined, password: undefined };
const usual = { isTls: false, sentinelPassword: undefined, master: undefined, db: 0 };

describe('the address of a Redis', () => {
  const right: [text: string, parts: object][] = [
    [
      'redis://host',
      { kind: 'single', hosts: [{ host: 'host', port: 6379 }], ...none, label: 'redis://host:6379/0' },
    ],
    [
      ' rediss://:p%40ss%3Aword@host:6380/3 ',
      {
        ...{ kind: 'single', hosts: [{ host: 'host', port: 6380 }], isTls: true, db: 3 },
        ...{ username: undefined, password: 'p@ss:word', label: 'rediss://host:6380/3' },
      },
    ],
    [
      'redis://user:pa@ss/w%ord@10.0.0.1:6379',
      {
        ...{ kind: 'single', hosts: [{ host: '10.0.0.1', port: 6379 }] },
        ...{ username: 'user', password: 'pa@ss/w%ord', label: 'redis://10.0.0.1:6379/0' },
      },
    ],
    ['redis://secret@host/1', { kind: 'single', db: 1, username: undefined, password: 'secret' }],
    ['redis://[::1]:7000', { hosts: [{ host: '::1', port: 7000 }], label: 'redis://[::1]:7000/0' }],
    ['redis://host?db=2', { db: 2 }],
    [
      'redis+sentinel://u:p@a:26379,b/bots?db=4&sentinelPassword=s%26s',
      {
        ...{ kind: 'sentinel', master: 'bots', db: 4, sentinelPassword: 's&s', username: 'u', password: 'p' },
        hosts: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26379 },
        ],
        label: 'redis+sentinel://a:26379,b:26379/bots?db=4',
      },
    ],
    ['redis+sentinel://a/bots', { kind: 'sentinel', master: 'bots', label: 'redis+sentinel://a:26379/bots' }],
    [
      'rediss+cluster://:p@a:1,b:2,c',
      {
        ...{ kind: 'cluster', isTls: true, password: 'p', label: 'rediss+cluster://a:1,b:2,c:6379' },
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
          { host: 'c', port: 6379 },
        ],
      },
    ],
  ];
  for (const [text, parts] of right) {
    it(`is understood: ${text}`, () => {
      const { ...parsed } = parseRedisAddress(text);
      assert.deepEqual(parsed, { ...parsed, ...usual, ...parts });
    });
  }

  const wrong = [
    ...['', 'host:6379', 'http://marker@host', 'redis:/marker', 'redis://', 'redis://:marker@'],
    ...['redis://marker@host:0', 'redis://marker@host:70000', 'redis://marker@host/db', 'redis://marker@a,b'],
    ...['redis+sentinel://marker@a', 'redis+sentinel://marker@a/', 'redis+cluster://marker@a/1'],
    ...[
      'redis+cluster://marker@a?db=1',
      'redis+other://marker@a',
      'redis://marker@ho st',
      'redis://marker@a:b:c',
    ],
  ];
  for (const text of wrong) {
    it(`is refused without being repeated: ${text}`, () => {
      assert.throws(
        () => parseRedisAddress(text),
        (thrown: unknown) =>
          thrown instanceof InvalidError &&
          thrown.code === 'CONFIG_INVALID' &&
          !/marker/.test(`${thrown.stack} ${JSON.stringify(thrown)}`),
      );
    });
  }
});
