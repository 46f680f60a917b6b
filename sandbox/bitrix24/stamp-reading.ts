const portalZone = '+03:00';
const dateTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** A moment in whole seconds, in ms. Without an offset it is meant in the portal's zone. */
export function readStamp(text: string): number | undefined {
  const parts = dateTime.exec(text.trim());
  if (!parts) return undefined;
  const [, date = '', minutes = '00:00', seconds = ':00', zone = portalZone] = parts;
  const at = Date.parse(`${date}T${minutes}${seconds}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
