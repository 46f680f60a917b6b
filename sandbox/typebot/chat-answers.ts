import type { Fields } from './blocks';
import type { StartRequest } from './chat-request';
import { expectsReply, type Said } from './flow';
import type { Session } from './sessions';

export function startAnswer(session: Session, said: Said, { isOnlyRegistering }: StartRequest): Fields {
  const { bot, result, id } = session;
  const { startProps } = bot.settings;
  const isGoingOn = said.input !== undefined || expectsReply(said);
  const first = startProps && result && !isOnlyRegistering ? [startPropsAction(startProps)] : [];
  const actions = [...first, ...said.actions];
  return {
    sessionId: id,
    typebot: {
      id: bot.id,
      version: '6.1',
      theme: {},
      settings: shownSettings(session),
      ...(isOnlyRegistering ? {} : { publishedAt: bot.publishedAt }),
    },
    messages: said.messages,
    ...(said.input ? { input: said.input } : {}),
    ...(result && isGoingOn ? { resultId: result.id } : {}),
    ...(actions.length > 0 ? { clientSideActions: actions } : {}),
    ...(said.logs.length > 0 ? { logs: said.logs } : {}),
  };
}

function startPropsAction(startPropsToInject: Fields): Fields {
  return { type: 'startPropsToInject', startPropsToInject };
}

function shownSettings({ bot: { settings } }: Session): Fields {
  const { typingEmulation, rememberUser, invalidMessage, closedMessage } = settings;
  const messages = { invalidMessage, botClosed: closedMessage };
  const hasMessages = invalidMessage !== undefined || closedMessage !== undefined;
  return {
    general: {
      isBrandingEnabled: false,
      ...(rememberUser ? { rememberUser: { isEnabled: true } } : {}),
      ...(hasMessages ? { systemMessages: messages } : {}),
    },
    ...(typingEmulation ? { typingEmulation } : {}),
  };
}

/** A question that is asked again comes without lists of what else happened. */
export function chatAnswer(said: Said): Fields {
  return {
    messages: said.messages,
    ...(said.input ? { input: said.input } : {}),
    ...(said.isRetry ? {} : { clientSideActions: said.actions, logs: said.logs }),
    ...(said.newFormat === undefined ? {} : { lastMessageNewFormat: said.newFormat }),
  };
}
