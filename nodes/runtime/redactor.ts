import { createRedactor } from '../../lib/core/redact';

/** One for the process: it learns every credential a node reads, so that no message of any node can show it. */
export const packRedactor = createRedactor();
