/** How much was done lately, in steps of ten seconds: cheap however much it is. */
export interface Rate {
  add(): void;
  perMinute(): number | undefined;
}

const STEP_MS = 10_000;
const STEPS = 6;
/** Before that one number says nothing about the next. */
const LEAST_MS = 5000;

export function createRate(now: () => number): Rate {
  const startedAt = now();
  const steps = new Array<number>(STEPS).fill(0);
  let current = 0;

  /** Empties the steps that time has gone past. */
  function moveOn(): void {
    const step = Math.floor((now() - startedAt) / STEP_MS);
    // The clock was set back: what was counted stays until it has caught up.
    if (step <= current) return;
    for (let passed = Math.max(current + 1, step - STEPS + 1); passed <= step; passed += 1) {
      steps[passed % STEPS] = 0;
    }
    current = step;
  }

  return {
    add() {
      moveOn();
      const place = current % STEPS;
      steps[place] = (steps[place] ?? 0) + 1;
    },
    perMinute() {
      moveOn();
      const elapsed = now() - startedAt;
      if (elapsed < LEAST_MS) return undefined;
      const covered = Math.min(elapsed, (elapsed % STEP_MS) + (STEPS - 1) * STEP_MS);
      const sum = steps.reduce((all, one) => all + one, 0);
      return Math.round((sum * 60_000) / covered);
    },
  };
}
