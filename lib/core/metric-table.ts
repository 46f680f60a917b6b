import type { MetricTable } from './metrics';

const ackBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const replyBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const flowBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** All that the pack counts. Labels hold node ids and words of our own, never a portal, a person or a text. */
export const packMetricTable = {
  bitlane_events_received_total: {
    kind: 'counter',
    help: 'Events that were taken in, by a post or by fetching, and kept.',
  },
  bitlane_events_duplicate_total: { kind: 'counter', help: 'Events that had come before.' },
  bitlane_events_refused_total: { kind: 'counter', help: 'Events whose sender could not prove who it is.' },
  bitlane_events_dropped_total: {
    kind: 'counter',
    help: 'Events that were understood and not wanted, by reason.',
    labels: ['reason'],
  },
  bitlane_events_waiting: { kind: 'gauge', help: 'Events that nobody works on yet.', labels: ['node'] },
  bitlane_events_running: { kind: 'gauge', help: 'Dialogs that are worked on now.', labels: ['node'] },
  bitlane_oldest_waiting_seconds: {
    kind: 'gauge',
    help: 'Age of the oldest event that is not finished; 0 when there is none.',
    labels: ['node'],
  },
  bitlane_ack_seconds: {
    kind: 'histogram',
    help: 'From the arrival of an event to the answer that it is kept.',
    buckets: ackBuckets,
  },
  bitlane_flow_seconds: {
    kind: 'histogram',
    help: 'From the hand-out of an event to the end of the flow that it started.',
    buckets: flowBuckets,
  },
  bitlane_flow_ends_total: { kind: 'counter', help: 'Flows that ended, by how they did.', labels: ['how'] },
  bitlane_replies_total: { kind: 'counter', help: 'Answers that the portal has accepted.' },
  bitlane_reply_seconds: {
    kind: 'histogram',
    help: 'From the moment that an answer is ready to the moment that the portal has accepted it.',
    buckets: replyBuckets,
  },
  bitlane_retries_total: { kind: 'counter', help: 'Events that are to be handed out again after a failure.' },
  bitlane_redelivered_total: {
    kind: 'counter',
    help: 'Hand-outs of an event that had been handed out before.',
  },
  bitlane_dead_total: { kind: 'counter', help: 'Events that were given up and became dead letters.' },
  bitlane_dead_letters: { kind: 'gauge', help: 'Dead letters that are kept now.', labels: ['store'] },
  bitlane_events_waiting_locally: {
    kind: 'gauge',
    help: 'Events in files of this process that wait for their store to be back.',
    labels: ['store'],
  },
  bitlane_sync_rows_total: {
    kind: 'counter',
    help: 'Calls and chats that a sync has come to an end with. done: sent, or not wanted; failed: put into the failed list.',
    labels: ['node', 'how'],
  },
  bitlane_sync_rows_running: {
    kind: 'gauge',
    help: 'Calls and chats that are in the flow of a sync now.',
    labels: ['node'],
  },
  bitlane_sync_rows_late: {
    kind: 'gauge',
    help: 'Calls and chats that wait for something that is still to come, such as the recording.',
    labels: ['node'],
  },
  bitlane_sync_rows_failed: {
    kind: 'gauge',
    help: 'Calls and chats in the failed list of a sync, until a person has them sent again or drops them.',
    labels: ['node'],
  },
  bitlane_sync_lag_seconds: {
    kind: 'gauge',
    help: 'How long ago the moment is up to which a sync has dealt with everything; of several portals the longest. Absent while nobody knows.',
    labels: ['node'],
  },
  bitlane_uploads_held: {
    kind: 'gauge',
    help: 'Uploads to SpeechSense with an unclear end that are not sent again by themselves, by the node of the connection.',
    labels: ['node'],
  },
  bitlane_unavailable_total: {
    kind: 'counter',
    help: 'Events that were answered with 503 because they could not be kept.',
  },
  bitlane_store_unavailable: {
    kind: 'gauge',
    help: '1 while the store takes nothing, otherwise 0.',
    labels: ['store'],
  },
  bitlane_store_keys: { kind: 'gauge', help: 'Values in the store.', labels: ['store'] },
  bitlane_store_journal_bytes: {
    kind: 'gauge',
    help: 'Bytes in the journal since the last snapshot.',
    labels: ['store'],
  },
  bitlane_store_snapshot_bytes: { kind: 'gauge', help: 'Bytes of the last snapshot.', labels: ['store'] },
  bitlane_store_unsynced_bytes: {
    kind: 'gauge',
    help: 'Bytes of changes that a power cut would take.',
    labels: ['store'],
  },
  bitlane_store_fsync_median_seconds: {
    kind: 'gauge',
    help: 'Median time of the last writes to disk.',
    labels: ['store'],
  },
  bitlane_store_fsync_p99_seconds: {
    kind: 'gauge',
    help: 'Time that 99 of 100 of the last writes to disk stayed below.',
    labels: ['store'],
  },
} as const satisfies MetricTable;

export type PackMetricTable = typeof packMetricTable;
