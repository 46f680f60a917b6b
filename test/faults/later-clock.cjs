// Loaded before Node-RED: its clock is ahead by as many hours as a file says, so that a test need not wait for them.
const { readFileSync, watchFile } = require('node:fs');

const file = process.env.BITLANE_HOURS_AHEAD;
const { now } = Date;
let aheadMs = 0;

function read() {
  aheadMs = Number(readFileSync(file, 'utf8')) * 60 * 60_000;
}

if (file) {
  read();
  watchFile(file, { interval: 20, persistent: false }, read);
  Date.now = () => now() + aheadMs;
}
