import type { Bot, Position } from './bot';
import { ok, type Call, type Endpoint, type Reply } from './call';
import { chatAnswer, startAnswer } from './chat-answers';
import { readContinue, readStart, type StartRequest } from './chat-request';
import { continueFlow, startFlow } from './continue-flow';
import { isOver, nothingSaid, type Flow } from './flow';
import { newState, prefill, type FlowState } from './flow-state';
import { badRequest, botClosed, notFound, TypebotRefusal } from './refusal';
import type { Result, Session, SessionStore } from './sessions';
import type { TextFormat } from './shown-bubble';

export interface ChatParts {
  store: SessionStore;
  bots: () => readonly Bot[];
  origin: () => string;
  now: () => number;
  knowsReplyIds: boolean;
  timeoutSeconds: number;
  mustBeUser: (call: Call) => void;
}

export function chatEndpoints(parts: ChatParts): Endpoint[] {
  const { store, bots } = parts;
  const published = (name: string | undefined): Bot | undefined => bots().find((bot) => bot.name === name);
  const byId = (id: string | undefined): Bot | undefined => bots().find((bot) => bot.id === id);

  function newFlow(bot: Bot, state: FlowState, format: TextFormat): Flow {
    const { knowsReplyIds, timeoutSeconds } = parts;
    const said = nothingSaid();
    return {
      bot,
      state,
      format,
      origin: parts.origin(),
      now: parts.now(),
      knowsReplyIds,
      timeoutSeconds,
      said,
    };
  }

  async function begin(
    call: Call,
    bot: Bot,
    request: StartRequest,
    { result, sessionId, at }: { result?: Result; sessionId?: string | undefined; at: Position },
  ): Promise<Reply> {
    const state = newState(bot, result ?? { variables: {}, answers: [] });
    prefill(state, request.prefilledVariables);
    await call.between();
    const flow = newFlow(bot, state, request.format);
    if (!request.isOnlyRegistering) startFlow(flow, request.message, at);
    if (result) checkOrigin(call, bot);
    const session = store.create(bot, state, result, sessionId);
    call.record.sessionId = session.id;
    // A registration leaves nothing but the session.
    if (!request.isOnlyRegistering) store.save(session, state, flow.said);
    return ok(startAnswer(session, flow.said, request));
  }

  async function start(call: Call): Promise<Reply> {
    const request = readStart(call.body);
    const bot = mustBeOpen(published(call.path[0]));
    const earlier = bot.settings.rememberUser ? store.results.get(request.resultId ?? '') : undefined;
    const result = earlier?.botName === bot.name ? earlier : store.createResult(bot);
    return begin(call, bot, request, { result, at: bot.start });
  }

  async function preview(call: Call): Promise<Reply> {
    parts.mustBeUser(call);
    const request = readStart(call.body);
    const bot = byId(call.path[0]);
    if (!bot || bot.state === 'archived') throw notFound('Typebot not found');
    return begin(call, bot, request, {
      sessionId: request.sessionId,
      at: startingPoint(bot, request.startFrom),
    });
  }

  async function proceed(call: Call): Promise<Reply> {
    const request = readContinue(call.body);
    const session = store.open(call.path[0] ?? '');
    if (session.result) checkOrigin(call, session.bot);
    return alongside(session, call, async () => {
      // Read now, saved at the end: whoever comes meanwhile works on the same.
      const state = structuredClone(session.state);
      await call.between();
      const flow = newFlow(session.bot, state, request.format);
      continueFlow(flow, request.message);
      store.save(session, flow.state, flow.said);
      if (isOver(flow.said) && session.result) store.remove(session);
      return ok(chatAnswer(flow.said));
    });
  }

  return [
    {
      name: 'start',
      method: 'POST',
      path: /^\/api\/v1\/typebots\/([^/]+)\/startChat$/,
      concern: ({ path }) => ({ bot: published(path[0]) }),
      run: start,
    },
    {
      name: 'preview',
      method: 'POST',
      path: /^\/api\/v1\/typebots\/([^/]+)\/preview\/startChat$/,
      concern: ({ path }) => ({ bot: byId(path[0]) }),
      run: preview,
    },
    {
      name: 'continue',
      method: 'POST',
      path: /^\/api\/v1\/sessions\/([^/]+)\/continueChat$/,
      concern({ path }) {
        const session = store.find(path[0] ?? '');
        return { session, bot: session?.bot };
      },
      run: proceed,
    },
  ];
}

/** Nobody locks a session; here it is counted who came in whose way. */
async function alongside<T>(session: Session, { record }: Call, work: () => Promise<T>): Promise<T> {
  record.overlapping = session.underway;
  if (session.underway > 0) session.overlaps += 1;
  session.underway += 1;
  try {
    return await work();
  } finally {
    session.underway -= 1;
  }
}

function mustBeOpen(bot: Bot | undefined): Bot {
  if (!bot || bot.state === 'unpublished' || bot.state === 'archived') throw notFound('Typebot not found');
  if (bot.state === 'suspended') throw new TypebotRefusal(403, botClosed);
  if (bot.state === 'closed') throw badRequest(bot.settings.closedMessage ?? botClosed);
  return bot;
}

function checkOrigin({ request }: Call, { settings: { allowedOrigins = [] } }: Bot): void {
  const { origin } = request.headers;
  if (origin === undefined || allowedOrigins.length === 0 || allowedOrigins.includes(origin)) return;
  throw new TypebotRefusal(403, 'Origin not allowed');
}

/** Here a group's id is its name, and a command event's is the command. */
function startingPoint(bot: Bot, from: StartRequest['startFrom']): Position {
  if (!from) return bot.start;
  const event = bot.events.find((one) => one.kind === 'command' && one.command === from.id);
  const group = from.type === 'group' ? from.id : event?.to;
  if (group === undefined || !bot.hasGroup(group)) throw notFound('Start group not found');
  return { group, index: 0 };
}
