import type { Portal } from '../../../sandbox/bitrix24';
import { viaWebhook, type RestAnswer } from '../sandbox-portal/support';
import { isMap } from '../../../sandbox/shared/params';

export { at, keysOf, servers, startHandler, viaApp, viaWebhook } from '../sandbox-portal/support';

export type Row = Record<string, unknown>;

export function rowsIn(answer: unknown): Row[] {
  return Array.isArray(answer) ? answer.filter(isMap) : [];
}

export function ask(portal: Portal, params: object): Promise<RestAnswer> {
  return viaWebhook(portal, 'voximplant.statistic.get', params);
}

export async function idsOf(portal: Portal, params: object): Promise<number[]> {
  return rowsIn((await ask(portal, params)).result).map((row) => Number(row['ID']));
}

export const byId = { SORT: 'ID', ORDER: 'ASC', start: -1 };
