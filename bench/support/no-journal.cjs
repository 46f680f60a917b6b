// Loaded before Node-RED by question 4: the same store with a journal that writes nothing and calls it durable. Records
// are not even put into bytes. For nobody but this benchmark: what is taken so is gone with the process.
const { join } = require('node:path');

const store = join(__dirname, '..', '..', 'dist/lib/store');
const journals = require(join(store, 'journal.js'));
const records = require(join(store, 'record.js'));
const { createTimings } = require(join(store, 'timings.js'));

records.encodeRecord = () => undefined;

journals.openJournal = async ({ firstSeq }) => {
  let seq = firstSeq - 1;
  const done = Promise.resolve();
  return {
    admit: () => undefined,
    write: () => ({ seq: (seq += 1), settled: done }),
    isDurable: () => true,
    flush: () => done,
    rotate: async () => ({ seq, index: 1 }),
    probe: () => done,
    condemn: () => undefined,
    fault: () => undefined,
    writtenBytes: () => 0,
    unsyncedBytes: () => 0,
    syncs: createTimings(),
    close: () => done,
  };
};
