import { UnreachableError } from '../../lib/core/errors';

/** How much all recordings together that are put aside may take of the disk. */
export interface TemporaryRoom {
  enter(): TemporaryPlace;
}

/** Of one recording. */
export interface TemporaryPlace {
  readonly take: (bytes: number) => void;
  /** Gives back what was taken. */
  readonly leave: () => void;
}

export function createTemporaryRoom(mostBytes: number): TemporaryRoom {
  let taken = 0;

  return {
    enter() {
      let own = 0;
      return {
        take(bytes) {
          if (taken + bytes > mostBytes) throw full(mostBytes);
          taken += bytes;
          own += bytes;
        },
        leave() {
          taken -= own;
          own = 0;
        },
      };
    },
  };
}

/** Of the whole process, as the folder is. */
export const temporaryRoom = createTemporaryRoom(8 * 1024 ** 3);

function full(mostBytes: number): Error {
  const limit = `${Math.floor(mostBytes / (1024 * 1024))} MB`;
  const message = `recordings on their way already take ${limit} of temporary files: send this one again later`;
  return new UnreachableError('SPEECHSENSE_RECORDING', message, {
    sent: false,
    params: { reason: `temporary files > ${limit}` },
  });
}
