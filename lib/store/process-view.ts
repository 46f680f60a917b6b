import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from './files';

/** What can be found out about processes, ours and others. */
export interface ProcessView {
  pid: number;
  host: string;
  /** Processes with the same value see each other's numbers: false between containers, and after a reboot. */
  space: string;
  isAlive(pid: number): boolean;
  /** Tells two processes with the same number apart; undefined where the system does not say. */
  startOf(pid: number): string | undefined;
}

export const systemProcesses: ProcessView = {
  pid: process.pid,
  host: hostname(),
  space: [read('/proc/sys/kernel/random/boot_id'), link('/proc/self/ns/pid')].join(' ').trim(),
  isAlive(pid) {
    try {
      return process.kill(pid, 0);
    } catch (fault) {
      // EPERM: it is there and belongs to somebody else.
      return codeOf(fault) !== 'ESRCH';
    }
  },
  // The name in brackets may hold spaces and brackets; the start time is the 20th field behind it.
  startOf: (pid) => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19],
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
