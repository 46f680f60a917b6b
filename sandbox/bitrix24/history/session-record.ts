import type { CrmType } from '../crm/items';

/** A session from its beginning to long after its end; its CRM activity is read from it. */
export interface SessionRecord {
  id: number;
  chatId: number;
  lineId: number;
  activityId: number;
  /** A portal that keeps no track of clients makes no activity. */
  hasActivity: boolean;
  owner: { type: CrmType; id: number } | undefined;
  startedAt: number;
  finishedAt: number | undefined;
  updatedAt: number;
  /** The people who had the dialog, in turn. */
  operatorIds: number[];
  messageIds: number[];
}
