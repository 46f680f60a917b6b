import { createServer } from 'node:net';

/** A loopback port that is free now; for programs that must be told their port before they start. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('the probe got no port'));
        else resolve(address.port);
      });
    });
  });
}
