import { startTimer, type Clock } from '../../core/clock';

/** Rejects when it takes longer than this. What was begun goes on, and nobody is told of its end. */
export function inTime<T>(clock: Clock, ms: number, work: Promise<T>, tooLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = startTimer(clock, ms, () => reject(tooLate()));
    work.then(resolve, reject);
    work.then(cancel, cancel);
  });
}
