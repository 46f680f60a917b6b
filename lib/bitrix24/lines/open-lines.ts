import { entriesAt, flagAt, idAt, textAt } from '../../core/fields';
import type { PortalRest } from '../rest/portal';

/** An Open Channel, as far as a list of them needs it. */
export interface LineCard {
  id: number;
  name: string;
  active: boolean;
  /** The bots that meet its clients. Left out when the portal does not say. */
  botIds?: number[];
}

const select = ['ID', 'LINE_NAME', 'ACTIVE', 'WELCOME_BOT_ENABLE', 'WELCOME_BOT_ID'];
/** What the portal gives unasked, so that one that takes no limit does not look as if it had no more. */
const pageSize = 50;
/** Nobody has this many, and a portal that passes the offset over must not keep us. */
const mostPages = 100;

/** Every Open Channel of the portal, in the order of their ids. Needs the scope `imopenlines`. */
export async function listOpenLines(
  rest: Pick<PortalRest, 'call'>,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<LineCard[]> {
  const cards = new Map<number, LineCard>();
  for (let page = 0; page < mostPages; page += 1) {
    const PARAMS = { select, order: { ID: 'asc' }, limit: pageSize, offset: page * pageSize };
    const result = await rest.call(
      'imopenlines.config.list.get',
      { PARAMS },
      { idempotent: true, urgent: true, signal },
    );
    const rows = entriesAt({ result }, 'result');
    const known = cards.size;
    for (const card of rows.flatMap(readCard)) cards.set(card.id, card);
    if (rows.length < pageSize || cards.size === known) break;
  }
  return [...cards.values()];
}

function readCard(row: unknown): LineCard[] {
  const id = idAt(row, 'ID');
  if (id === undefined) return [];
  const botIds = readBots(row);
  return [
    {
      id,
      name: textAt(row, 'LINE_NAME') ?? '',
      active: flagAt(row, 'ACTIVE'),
      ...(botIds !== undefined && { botIds }),
    },
  ];
}

/** The bot that was chosen last stays in the settings when bots are switched off. */
function readBots(row: unknown): number[] | undefined {
  if (textAt(row, 'WELCOME_BOT_ENABLE') === undefined) return undefined;
  const botId = idAt(row, 'WELCOME_BOT_ID') ?? 0;
  return flagAt(row, 'WELCOME_BOT_ENABLE') && botId > 0 ? [botId] : [];
}
