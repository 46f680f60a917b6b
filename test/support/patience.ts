/** How long a test waits for what certainly comes: a busy machine takes its time, and a quiet one loses none by it. */
export const patienceMs = 60_000;
