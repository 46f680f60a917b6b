import type { Fault } from './faults';
import type { MethodName } from './wire';

export interface Orders {
  add(...faults: readonly Fault[]): void;
  /** The first that concerns such a call, once. */
  take(method: MethodName): Fault | undefined;
  clear(): void;
}

const uploads: readonly MethodName[] = ['UploadAsStream', 'Upload', 'UploadText', 'UploadBadge'];

export function createOrders(): Orders {
  let waiting: Fault[] = [];
  return {
    add: (...faults) => void waiting.push(...faults),
    take(method) {
      const place = waiting.findIndex(({ on = 'upload' }) =>
        on === 'upload' ? uploads.includes(method) : on === method,
      );
      return place < 0 ? undefined : waiting.splice(place, 1)[0];
    },
    clear: () => (waiting = []),
  };
}
