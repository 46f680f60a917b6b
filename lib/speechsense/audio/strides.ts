/** Where a format says something, as against the sound between. */
export interface Stops {
  /** So many bytes have to be at the next stop before it can be made. */
  wanted(): number;
  /** How far it is to the next stop from here; `place` counts from the beginning of the recording. */
  stop(bytes: Buffer, at: number, place: number): number;
}

/** No recording is as long. */
export const toTheEnd = 2 ** 50;

export interface Strides {
  walk(piece: Buffer): void;
  /** What was too little for another stop, or how much the last stride lacks. */
  end(): { readonly rest: Buffer; readonly lacking: number; readonly place: number };
}

/** From stop to stop over a recording that comes in pieces; what lies between is only counted. */
export function createStrides(stops: Stops): Strides {
  let ahead = 0;
  let place = 0;
  let rest: Buffer = Buffer.alloc(0);

  function walk(piece: Buffer): void {
    if (ahead >= piece.length) {
      ahead -= piece.length;
      place += piece.length;
      return;
    }
    // Short of the bytes of one stop, so this is no copy of more than them.
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = ahead;
    place += ahead;
    while (at < bytes.length && bytes.length - at >= stops.wanted()) {
      const stride = stops.stop(bytes, at, place);
      at += stride;
      place += stride;
    }
    ahead = Math.max(0, at - bytes.length);
    place -= ahead;
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
  }

  return { walk, end: () => ({ rest, lacking: ahead, place }) };
}
