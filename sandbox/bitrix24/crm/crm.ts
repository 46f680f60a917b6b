import { scoped, type MethodTable } from '../call';
import type { PortalState } from '../state';
import { activityList } from './activities';
import { crmItem, crmItems, dropItem, putItem } from './client-items';
import { itemList, type CrmItem, type CrmType } from './items';
import { createTimeline, type TimelineComment } from './timeline';

/** Clients of the portal. Those that a call or a session speaks of are invented by themselves. */
export interface Crm {
  addItem: (init: Partial<CrmItem> & { type: CrmType }) => CrmItem;
  /** From now on nobody can look the name up. */
  removeItem: (type: CrmType, id: number) => void;
  item: (type: CrmType, id: number) => CrmItem | undefined;
}

export interface CrmParts {
  surface: Crm;
  timeline: readonly TimelineComment[];
  methods: MethodTable;
}

const firstFreeId = 10_001;

export function createCrm(state: PortalState): CrmParts {
  const timeline = createTimeline(state, (type, id) => crmItem(state, type, id) !== undefined);
  let nextId = firstFreeId;
  return {
    surface: {
      addItem: (init) => putItem(state, { ...init, id: init.id ?? nextId++ }),
      removeItem: (type, id) => dropItem(state, type, id),
      item: (type, id) => crmItem(state, type, id),
    },
    timeline: timeline.comments,
    methods: scoped(['crm'], {
      'crm.item.list': { run: (call) => itemList(crmItems(state), call) },
      'crm.activity.list': { run: (call) => activityList(state, call) },
      'crm.timeline.comment.add': { run: timeline.add },
      'crm.timeline.comment.list': { run: timeline.list },
    }),
  };
}
