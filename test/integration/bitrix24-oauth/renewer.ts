/**
 * A process that asks for a new pair of tokens and is killed before it has an answer. Says `ASKING` when it asks.
 *
 *   renewer.ts <redis> <client id> <member id>
 */
import { writeSync } from 'node:fs';
import { createTokenVault } from '../../../lib/bitrix24/hub/portal-records';
import {
  createAppCredential,
  createAuthServerClient,
  createPortalAddresses,
} from '../../../lib/bitrix24/oauth';
import { openOn } from '../store/redis-bench';

const [url = '', clientId = '', memberId = ''] = process.argv.slice(2);

async function ask(): Promise<void> {
  const store = await openOn(url);
  const vault = createTokenVault(() => Promise.resolve(store), clientId);
  const authServer = {
    ...createAuthServerClient({ clientId, clientSecret: 'unused', authHosts: ['127.0.0.1'] }),
    refresh: () => {
      writeSync(1, 'ASKING\n');
      return new Promise<never>(() => undefined);
    },
  };
  const addresses = createPortalAddresses({ loopbackPortals: true });
  const credential = await createAppCredential({ memberId, vault, authServer, addresses });
  await credential.renew(await credential.fields());
}

ask().catch((thrown: unknown) => {
  writeSync(2, String(thrown));
  process.exitCode = 1;
});
