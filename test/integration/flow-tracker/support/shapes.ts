import type { Shape } from './shape';
import { functionShapes } from './shapes-functions';
import { contribShapes, eventShapes, outsideShapes, timeShapes } from './shapes-other';
import { routingShapes } from './shapes-routing';
import { sequenceShapes } from './shapes-sequences';

/** The table of flow shapes: the same for every Node-RED. */
export const shapes: readonly Shape[] = [
  ...functionShapes,
  ...routingShapes,
  ...sequenceShapes,
  ...timeShapes,
  ...outsideShapes,
  ...eventShapes,
  ...contribShapes,
];
