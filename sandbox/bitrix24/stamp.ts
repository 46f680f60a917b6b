const portalOffsetHours = 3;

/** ISO time in the portal's zone: `2026-08-20T10:30:00+03:00`. */
export function isoStamp(atMs: number): string {
  const local = new Date(atMs + portalOffsetHours * 3_600_000).toISOString().slice(0, 19);
  return `${local}+0${portalOffsetHours}:00`;
}

export function unixSeconds(atMs: number): number {
  return Math.floor(atMs / 1000);
}
