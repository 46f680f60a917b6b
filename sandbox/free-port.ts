import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below those that systems give to whoever asks for any port: such a one is soon somebody else's. */
const lowest = 15_000;
const highest = 32_000;
const mostTries = 100;

/** The wished port, or any free one when somebody else has it. */
export async function findPort(wished: number): Promise<number> {
  if (wished !== 0 && (await isFree(wished))) return wished;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
