const slabBytes = 64 * 1024;
let slab = Buffer.alloc(0);
let used = 0;

/**
 * A copy among others that stay for long. In the pool that Node takes small buffers from, each would keep in memory all
 * that came and went beside it; with memory of its own, each would cost as much again in bookkeeping.
 */
export function longKept(bytes: Buffer, start = 0): Buffer {
  const length = bytes.length - start;
  if (length > slabBytes / 8) return copied(bytes, start, Buffer.allocUnsafeSlow(length));
  if (used + length > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  }
  used += length;
  return copied(bytes, start, slab.subarray(used - length, used));
}

function copied(bytes: Buffer, start: number, to: Buffer): Buffer {
  bytes.copy(to, 0, start);
  return to;
}
