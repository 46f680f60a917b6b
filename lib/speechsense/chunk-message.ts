import type { UploadStream } from './upload-stream';

/** `audio`, `chunk` and `data`, each in the one before it: their numbers in the definitions, and that bytes follow. */
const fields = [0x12, 0x12, 0x0a];
/** Of a length that is written seven bits a byte. */
const longestLength = 5;
const headRoom = fields.length * (1 + longestLength);

/**
 * Portions of a recording as the service reads them. Each takes the memory of the one before it, which has to be on its way by
 * then: gRPC makes a copy of a message before it says that the network took it, and with new memory for every step on the
 * way, collecting it was nearly half of the processor time of an upload.
 */
export function createChunkMessages(): (parts: readonly Buffer[]) => Buffer {
  let memory = Buffer.alloc(0);

  return (parts) => {
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    if (memory.length < headRoom + bytes) memory = Buffer.allocUnsafe(headRoom + bytes);
    let at = headRoom;
    for (const part of parts) at += part.copy(memory, at);
    return memory.subarray(writeHead(memory, bytes), at);
  };
}

/** Backwards, because each length counts what stands behind it. Gives the place where the head begins. */
function writeHead(memory: Buffer, bytes: number): number {
  let start = headRoom;
  for (const field of [...fields].reverse()) {
    const length = lengthBytes(bytes + headRoom - start);
    start -= length.length;
    memory.set(length, start);
    start -= 1;
    memory[start] = field;
  }
  return start;
}

function lengthBytes(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(Math.floor(length / 0x80))];
}

export interface ChunkWriter {
  /** Resolves when the network took the portion before this one. False: the call is over. */
  (parts: readonly Buffer[]): Promise<boolean>;
  /** Resolves when it took the last one. */
  rest(): Promise<boolean>;
}

/** One message is on its way while the next is made, in turns in one of two memories. */
export function createChunkWriter(stream: Pick<UploadStream, 'writeBytes'>): ChunkWriter {
  let [messageOf, other] = [createChunkMessages(), createChunkMessages()];
  let onItsWay = Promise.resolve(true);

  async function write(parts: readonly Buffer[]): Promise<boolean> {
    const before = onItsWay;
    onItsWay = stream.writeBytes(messageOf(parts));
    [messageOf, other] = [other, messageOf];
    return before;
  }

  return Object.assign(write, { rest: () => onItsWay });
}
