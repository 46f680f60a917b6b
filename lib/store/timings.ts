/** The last durations, in milliseconds. */
export interface Timings {
  add(ms: number): void;
  summary(): { count: number; median: number; p99: number; longest: number };
}

const kept = 256;

export function createTimings(): Timings {
  const last: number[] = [];
  let count = 0;
  return {
    add(ms) {
      last[count % kept] = ms;
      count += 1;
    },
    summary() {
      const sorted = [...last].sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
      return { count, median: at(0.5), p99: at(0.99), longest: at(1) };
    },
  };
}
