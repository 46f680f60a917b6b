import assert from 'node:assert/strict';
import { canTellSync, noticesOf, type ServerFacts } from '../../../../lib/store/redis/server-facts';

const good: ServerFacts = {
  version: '7.2.4',
  maxmemoryPolicy: 'noeviction',
  isJournalOn: true,
  journalSync: 'everysec',
  isSaving: true,
};

const codes = (changes: Partial<ServerFacts>): string[] =>
  noticesOf({ ...good, ...changes }).map(({ code }) => code);

describe('what a Redis says about itself', () => {
  it('is no news when all is well', () => {
    assert.deepEqual(codes({}), []);
    assert.deepEqual(codes({ isJournalOn: false }), [], 'snapshots keep most of it');
    assert.deepEqual(codes({ version: '6.2.0' }), []);
    assert.deepEqual(codes({ version: '10.0.1' }), []);
  });

  it('is a warning when it throws away, keeps nothing or is too old, the worst first', () => {
    assert.deepEqual(codes({ maxmemoryPolicy: 'allkeys-lru' }), ['STORE_REDIS_EVICTION']);
    assert.deepEqual(codes({ version: '6.0.16' }), ['STORE_REDIS_OLD']);
    assert.deepEqual(
      codes({ version: '5.0.1', maxmemoryPolicy: 'volatile-ttl', isJournalOn: false, isSaving: false }),
      ['STORE_REDIS_VOLATILE', 'STORE_REDIS_EVICTION', 'STORE_REDIS_OLD'],
    );
  });

  it('is not guessed where a hosted server does not tell', () => {
    assert.deepEqual(
      codes({ version: '', maxmemoryPolicy: undefined, isJournalOn: false, isSaving: undefined }),
      [],
    );
  });

  it('tells whether it can be asked what is on disk', () => {
    assert.equal(canTellSync(good), true);
    assert.equal(canTellSync({ ...good, version: '7.0.15' }), false);
    assert.equal(canTellSync({ ...good, isJournalOn: false }), false);
    // With these a reply is as good as it gets: on disk already, or whenever the system likes.
    assert.equal(canTellSync({ ...good, journalSync: 'always' }), false);
    assert.equal(canTellSync({ ...good, journalSync: 'no' }), false);
  });
});
