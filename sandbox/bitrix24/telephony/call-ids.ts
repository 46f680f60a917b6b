import { roll } from '../../shared/dice';

const serialBase = 10_000_000;

/** Built-in: hex, time and a serial number, which here tells the row. */
export function builtInCallId(seed: number, id: number, startedAt: number): string {
  return `${hex(roll(seed, id, 61))}${hex(roll(seed, id, 62))}.${startedAt / 1000}.${serialBase + id}`;
}

/** Of another telephone system: what looks like a hash, of which the last part tells the row. */
export function externalCallId(seed: number, id: number, startedAt: number): string {
  const random = [63, 64, 65].map((place) => hex(roll(seed, id, place))).join('');
  return `externalCall.${(random + hex(id)).toLowerCase()}.${startedAt / 1000}`;
}

/** The row that a made-up call id speaks of; it may be nobody's. */
export function rowNamedBy(callId: string): number | undefined {
  const serial = /^[0-9A-F]{16}\.\d+\.(\d+)$/i.exec(callId)?.[1];
  if (serial !== undefined) return Number(serial) - serialBase;
  const tail = /^externalCall\.[0-9a-f]{24}([0-9a-f]{8})\.\d+$/i.exec(callId)?.[1];
  return tail === undefined ? undefined : Number.parseInt(tail, 16);
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
