import type { EventChat, OpenLine } from './event';

/** An Open Channel packs its state into four texts of the chat, with bars between the pieces. */
export function readOpenLine(chat: EventChat): OpenLine | undefined {
  if (chat.entityType !== 'LINES') return undefined;
  const [connector = '', lineId, externalChatId = '', externalUserId] = chat.entityId.split('|');
  return {
    connector,
    lineId: idOrNull(lineId),
    externalChatId,
    externalUserId: idOrNull(externalUserId),
    sessionId: idOrNull(chat.entityData1.split('|')[5]),
    crm: readCrm(chat.entityData2),
  };
}

/** Name and id in turns; the order is not promised, and 0 means that nothing is bound. */
function readCrm(pairs: string): OpenLine['crm'] {
  const crm: OpenLine['crm'] = {};
  const pieces = pairs.split('|');
  for (let place = 0; place + 1 < pieces.length; place += 2) {
    const id = idOrNull(pieces[place + 1]);
    if (id === null) continue;
    if (pieces[place] === 'LEAD') crm.lead = id;
    if (pieces[place] === 'DEAL') crm.deal = id;
    if (pieces[place] === 'CONTACT') crm.contact = id;
    if (pieces[place] === 'COMPANY') crm.company = id;
  }
  return crm;
}

function idOrNull(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
