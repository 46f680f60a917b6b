export interface OpusShape {
  channels?: number;
  preSkip?: number;
  inputRate?: number;
  serial?: number;
  packetsPerPage?: number;
  /** The last page says that it is the last. */
  hasEnd?: boolean;
}

export interface PageShape {
  serial?: number;
  place?: number;
  granule?: number;
  begins?: boolean;
  ends?: boolean;
  continues?: boolean;
}

const samplesPerPacket = 960;
/** Silence of 20 ms in two channels. */
const silentPacket = Buffer.from([0xfc, 0xff, 0xfe]);

/** A whole file: what it is, its tags, and so many packets of 20 ms. */
export function oggOpus(packets: number, shape: OpusShape = {}): Buffer {
  const { serial = 77, packetsPerPage = 50, hasEnd = true, preSkip = 312 } = shape;
  const pages = [
    page([opusHead(shape)], { serial, begins: true }),
    page([Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1')], { serial, place: 1 }),
  ];
  for (let first = 0; first < packets; first += packetsPerPage) {
    const count = Math.min(packetsPerPage, packets - first);
    const reached = first + count;
    pages.push(
      page(
        Array.from({ length: count }, () => silentPacket),
        {
          ...{ serial, place: pages.length, ends: hasEnd && reached === packets },
          granule: preSkip + reached * samplesPerPacket,
        },
      ),
    );
  }
  return Buffer.concat(pages);
}

export function opusHead({ channels = 2, preSkip = 312, inputRate = 8000 }: OpusShape = {}): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 0);
  head[8] = 1;
  head[9] = channels;
  head.writeUInt16LE(preSkip, 10);
  head.writeUInt32LE(inputRate, 12);
  head[18] = channels > 2 ? 1 : 0;
  return head;
}

export function page(packets: readonly Buffer[], shape: PageShape = {}): Buffer {
  const lengths = packets.flatMap(({ length }) => [
    ...Array.from({ length: Math.floor(length / 255) }, () => 255),
    length % 255,
  ]);
  if (lengths.length > 255) throw new Error('more than fits on a page');
  const head = Buffer.alloc(27);
  head.write('OggS', 0);
  head[5] =
    (shape.continues === true ? 1 : 0) | (shape.begins === true ? 2 : 0) | (shape.ends === true ? 4 : 0);
  head.writeBigInt64LE(BigInt(shape.granule ?? 0), 6);
  head.writeUInt32LE(shape.serial ?? 77, 14);
  head.writeUInt32LE(shape.place ?? 0, 18);
  head[26] = lengths.length;
  const whole = Buffer.concat([head, Buffer.from(lengths), ...packets]);
  whole.writeUInt32LE(checksum(whole), 22);
  return whole;
}

const polynomial = 0x04c11db7;

/** Ogg's own: no inversion, highest bit first. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) sum = sum < 0 ? (sum << 1) ^ polynomial : sum << 1;
  }
  return sum >>> 0;
}

/** One page that begins a stream of another codec. */
export function oggOther(codec: 'vorbis' | 'speex' | 'flac'): Buffer {
  const words = { vorbis: '\x01vorbis', speex: 'Speex   1.2', flac: '\x7fFLAC\x01\0' };
  const packet = Buffer.alloc(80);
  packet.write(words[codec], 0, 'latin1');
  return page([packet], { begins: true });
}
