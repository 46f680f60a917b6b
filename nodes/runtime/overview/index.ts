import { systemClock } from '../../../lib/core/clock';
import { createMetrics } from '../../../lib/core/metrics';
import { packMetricTable } from '../../../lib/core/metric-table';
import { createOverview } from './overview';

export { createEventLetters } from './event-letters';
export { troubleOf } from './asking';
export type { Describe, Overview, PartExtras } from './overview';
export { identityOfProcess } from './identity';
export { createInstances } from './instances';
export { serveOverview } from './routes';
export type * from './shapes';

/** One of each for the process: every part of the pack counts here, and tells here how it is. */
export const metrics = createMetrics(packMetricTable);
export const overview = createOverview(systemClock);
