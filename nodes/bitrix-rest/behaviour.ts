import { InvalidError } from '../../lib/core/errors';
import { at, textAt } from '../../lib/core/fields';
import type { Portal, PortalHub } from '../../lib/bitrix24/hub/hub';
import type { ListPage } from '../../lib/bitrix24/rest/portal';
import { isReading, readCommands, readParams } from '../../lib/bitrix24/rest/request';
import { portalKind } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';
import type { Emit, Message } from '../runtime/shell';
import { onceOfNode, type MakeOnce } from './once';

interface Asked {
  portal: Portal;
  method: string;
  params: unknown;
  makeOnce: MakeOnce | undefined;
  /** Pages by the ids of their rows; else by counting, which every list method can. */
  fast: boolean;
  message: Message;
  emit: Emit;
  signal: AbortSignal;
}

export const start: StartNode = (RED, shell) => {
  const { settings } = shell;
  const hub = shell.use(portalKind, 'portal');
  const mode = settings.choice('mode', ['call', 'batch', 'list']);
  const method = mode === 'batch' ? '' : settings.required('method');
  const perPage = settings.choice('pages', ['join', 'each']) === 'each';
  const run = { call, batch, list: perPage ? listByPage : listJoined }[mode];
  const fast = settings.flag('fast', true);
  const readValue = shell.typed('params', 'payload');
  const makeOnce = mode === 'call' ? onceOfNode(RED, shell, hub) : undefined;
  return {
    async onMessage(message, { emit, signal }) {
      const params = await readValue(message);
      const portal = portalFor(hub, message);
      await run({ portal, method, params, makeOnce, fast, message, emit, signal });
    },
  };
};

/**
 * An app may serve several portals; a message that came from one is about that one. Its ids mean something else
 * anywhere else: a comment would stand in the card of a stranger.
 */
function portalFor(hub: PortalHub, { bitrix, call }: Message): Portal {
  const origin = at(bitrix, 'portal') ?? at(call, 'portal');
  const memberId = textAt(origin, 'memberId');
  const domain = textAt(origin, 'domain');
  const portals = hub.portals();
  const isNamed = memberId !== undefined || domain !== undefined;
  const named = isNamed ? hub.find({ memberId: memberId ?? '', domain: domain ?? '' }) : undefined;
  const portal = named ?? (isNamed ? undefined : portals.length === 1 ? portals[0] : undefined);
  if (portal) return portal;
  const isOfCall = at(bitrix, 'portal') === undefined && isNamed;
  throw new InvalidError('INPUT_INVALID', 'the message does not name one of the portals of this node', {
    params: { what: isOfCall ? 'msg.call.portal' : 'msg.bitrix.portal' },
  });
}

async function call({ portal, method, params, makeOnce, message, emit, signal }: Asked): Promise<void> {
  if (makeOnce) {
    const { result, isRepeat } = await makeOnce({
      ...{ portal, method, params: readParams(params), message, signal },
    });
    message.payload = result;
    message.rest = { method, once: isRepeat ? 'done before' : 'done' };
    return emit(message);
  }
  const answer = await portal.rest.ask(method, readParams(params), { idempotent: isReading(method), signal });
  message.payload = answer.result;
  message.rest = { method, time: answer.time, total: answer.total, next: answer.next };
  emit(message);
}

async function batch({ portal, params, message, emit, signal }: Asked): Promise<void> {
  const commands = readCommands(params);
  const idempotent = commands.every(({ method }) => isReading(method));
  const outcomes = await portal.rest.batch(commands, { idempotent, signal });
  const results: Record<string, unknown> = {};
  const errors: Record<string, { message: string; code: unknown }> = {};
  for (const [key, outcome] of outcomes) {
    if ('answer' in outcome) results[key] = outcome.answer.result;
    else errors[key] = { message: outcome.error.message, code: Reflect.get(outcome.error, 'code') };
  }
  message.payload = Array.isArray(params) ? commands.map(({ key }) => results[key] ?? null) : results;
  message.rest = { errors };
  emit(message);
}

async function listJoined({ portal, method, params, fast, message, emit, signal }: Asked): Promise<void> {
  const rows: unknown[] = [];
  let time: ListPage['time'] = {};
  for await (const page of portal.rest.list(method, readParams(params), { fast, signal })) {
    rows.push(...page.rows);
    time = page.time;
  }
  message.payload = rows;
  message.rest = { method, time, total: rows.length };
  emit(message);
}

/** A message a page, numbered as Node-RED's join node expects it; the last one says how many there were. */
async function listByPage({ portal, method, params, fast, message, emit, signal }: Asked): Promise<void> {
  let last: Message | undefined;
  let count = 0;
  const send = (isLast: boolean): void => {
    if (!last) return;
    const index = count - 1;
    emit({ ...last, parts: { id: last._msgid, type: 'array', len: 50, index, ...(isLast && { count }) } });
  };
  for await (const page of portal.rest.list(method, readParams(params), { fast, signal })) {
    send(false);
    count += 1;
    last = { ...message, payload: [...page.rows], rest: { method, time: page.time, total: page.total } };
  }
  send(true);
}
