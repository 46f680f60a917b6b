export { usualFailures, type FailureOf } from './row-flow';
export { createSyncNode } from './sync-node';
export type { PortalJob, RowMessage, SyncJob, SyncNode } from './types';
