import type { PortalTokens, TokenVault } from '../../lib/bitrix24/rest/credential';

export interface MemoryVault extends TokenVault {
  /** Every pair that was saved, in order. */
  readonly saved: readonly PortalTokens[];
  /** The next saves fail with this. */
  failSaves(times: number, error?: Error): void;
  failLoads(times: number, error?: Error): void;
  /** Saves wait until the returned function is called. */
  holdSaves(): () => void;
  /** Another process that looks at the same storage. */
  twin(): MemoryVault;
}

/** Keeps copies, as a store on a disk would: what is changed afterwards is not changed in here. */
export function createMemoryVault(stored = new Map<string, PortalTokens>()): MemoryVault {
  const saved: PortalTokens[] = [];
  const failing = { saves: 0, loads: 0, error: new Error('the disk is full') };
  let gate: Promise<void> = Promise.resolve();

  return {
    saved,
    async load(memberId) {
      if (failing.loads-- > 0) throw failing.error;
      const tokens = stored.get(memberId);
      return tokens && { ...tokens };
    },
    async save(tokens) {
      await gate;
      if (failing.saves-- > 0) throw failing.error;
      stored.set(tokens.memberId, { ...tokens });
      saved.push({ ...tokens });
    },
    async remove(memberId) {
      stored.delete(memberId);
    },
    list: async () => [...stored.keys()],
    failSaves(times, error = failing.error) {
      Object.assign(failing, { saves: times, error });
    },
    failLoads(times, error = failing.error) {
      Object.assign(failing, { loads: times, error });
    },
    holdSaves() {
      let release = (): void => undefined;
      gate = new Promise((resolve) => (release = resolve));
      return () => release();
    },
    twin: () => createMemoryVault(stored),
  };
}
