/** A message on the wire: a byte for compression, its length in four, and itself. */
const headLength = 5;

export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Takes pieces of any size and gives whole messages. */
export function createFrameReader(largest: number): (piece: Buffer) => Buffer[] {
  let pieces: Buffer[] = [];
  let length = 0;

  return (piece) => {
    pieces.push(piece);
    length += piece.length;
    const messages: Buffer[] = [];
    for (
      let wanted = nextLength();
      wanted !== undefined && length >= headLength + wanted;
      wanted = nextLength()
    ) {
      if (wanted > largest) throw new TooLarge(wanted, largest);
      const whole = joined();
      messages.push(Buffer.from(whole.subarray(headLength, headLength + wanted)));
      keep(whole.subarray(headLength + wanted));
    }
    const announced = nextLength();
    if (announced !== undefined && announced > largest) throw new TooLarge(announced, largest);
    return messages;
  };

  function nextLength(): number | undefined {
    if (length < headLength) return undefined;
    const [first] = pieces;
    return (first && first.length >= headLength ? first : joined()).readUInt32BE(1);
  }

  function joined(): Buffer {
    const [first] = pieces;
    const whole = pieces.length === 1 && first ? first : Buffer.concat(pieces, length);
    pieces = [whole];
    return whole;
  }

  function keep(rest: Buffer): void {
    pieces = rest.length > 0 ? [rest] : [];
    length = rest.length;
  }
}

export class TooLarge extends Error {
  constructor(bytes: number, largest: number) {
    super(`Received message larger than max (${bytes} vs. ${largest})`);
  }
}
