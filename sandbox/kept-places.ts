import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPort } from './free-port';
import type { StandInPlaces } from './stand-ins';

const usualPorts = { portal: 1891, dify: 1892, typebot: 1893, speechSense: 1894 };
const file = 'sandbox-secret';
const secretForm = /^[0-9a-f]{32}$/;

export interface KeptPlaces extends StandInPlaces {
  /** A port was taken, or there was nowhere to keep the secret: the next start will have other values. */
  areOthers: boolean;
}

/**
 * The same at each start, so that a Node-RED that knows them finds the stand-ins again. The keys are made from a secret
 * that is kept in this folder: a fixed one would be known to every page in a browser of this machine.
 */
export async function keptPlaces(folder: string): Promise<KeptPlaces> {
  const kept = keptSecret(folder);
  const key = (name: string): string =>
    createHmac('sha256', kept.secret).update(name).digest('hex').slice(0, 24);
  // One after the other: of two that look for a free port at once, both may find the same.
  const ports = { ...usualPorts };
  for (const name of portNames) ports[name] = await findPort(usualPorts[name]);
  return {
    ports,
    keys: { webhook: key('webhook'), chatflow: `app-${key('chatflow')}`, workflow: `app-${key('workflow')}` },
    areOthers: !kept.isKept || portNames.some((name) => ports[name] !== usualPorts[name]),
  };
}

const portNames = ['portal', 'dify', 'typebot', 'speechSense'] as const;

function keptSecret(folder: string): { secret: string; isKept: boolean } {
  const path = join(folder, file);
  const before = readOr(path, '');
  if (secretForm.test(before)) return { secret: before, isKept: true };
  const secret = randomBytes(16).toString('hex');
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, secret, { mode: 0o600 });
    return { secret, isKept: true };
  } catch {
    return { secret, isKept: false };
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
