import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { textAt } from '../../../lib/core/fields';
import type { InstanceIdentity } from './instance-summary';

/** Of this process. `settings`: of Node-RED. */
export function identityOfProcess(settings: object, now: number): InstanceIdentity {
  const place = textAt(settings, 'uiPort') ?? String(process.pid);
  return {
    id: randomUUID(),
    name: `${shortHost(hostname())}:${place}`,
    pack: packVersion(__dirname),
    nodeRed: textAt(settings, 'version') ?? '',
    node: process.versions.node,
    startedAt: Math.round(now - process.uptime() * 1000),
  };
}

/** Without its domain, and no longer than a line of the panel. */
const shortHost = (host: string): string => (host.split('.')[0] ?? '').slice(0, 40);

/** The nearest package.json above: it is as near to the sources as to what is built from them. */
export function packVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return textAt(JSON.parse(readFileSync(file, 'utf8')), 'version') ?? '';
  const above = dirname(folder);
  return above === folder ? '' : packVersion(above);
}
