import { findPort } from '../../sandbox/free-port';

/** A loopback port that is free now; for programs that must be told their port before they start. */
export const findFreePort = (): Promise<number> => findPort(0);
