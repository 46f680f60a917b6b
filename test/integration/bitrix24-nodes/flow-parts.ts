import type { Portal } from '../../../sandbox/bitrix24';

/** Node-RED takes whatever has no place on the canvas for a config node. */
const onCanvas = { z: 'tab', x: 100, y: 100 };

/** The pieces of an integrator's flow, with what a test changes in them. */
export type Changes = Readonly<Record<string, unknown>>;

export const BOT_TOKEN = 'bot-token-of-the-flow';

export function portalNode(portal: Portal, changes: Changes = {}): object {
  return {
    id: 'portal',
    type: 'bitrix-portal',
    authType: 'webhook',
    path: 'events',
    credentials: { webhookUrl: portal.webhookUrl },
    ...changes,
  };
}

export function appNode(changes: Changes): object {
  return { id: 'portal', type: 'bitrix-portal', authType: 'app', path: 'events', ...changes };
}

export function botNode(publicUrl: string, changes: Changes = {}): object {
  return {
    id: 'bot',
    type: 'bitrix-bot',
    portal: 'portal',
    code: 'helper',
    botName: 'Helper',
    botType: 'openline',
    apiVersion: 'v2',
    eventMode: 'webhook',
    publicUrl,
    commands: [],
    credentials: { botToken: BOT_TOKEN },
    ...changes,
  };
}

export function inNode(changes: Changes = {}): object {
  return {
    id: 'in',
    ...onCanvas,
    type: 'bitrix-in',
    portal: 'portal',
    bot: 'bot',
    wires: [['think'], ['others']],
    ...changes,
  };
}

/** What a builder of bots would stand for; the answer is the text that came, unless the test says otherwise. */
export function thinkNode(func = 'return msg;', changes: Changes = {}): object {
  return { id: 'think', ...onCanvas, type: 'function', func, outputs: 1, wires: [['reply']], ...changes };
}

export function replyNode(changes: Changes = {}): object {
  return { id: 'reply', ...onCanvas, type: 'bitrix-imbot-reply', bot: '', wires: [['said']], ...changes };
}

/** Where a message ends, so that a test can look at it. */
export function endNode(id: string): object {
  return { id, ...onCanvas, type: 'function', func: 'return null;', outputs: 0, wires: [] };
}

/** One bot that answers, and a Catch node: what most tests start from. */
export function botFlow(
  portal: object,
  bot: object,
  { func, incoming, reply }: { func?: string; incoming?: Changes; reply?: Changes } = {},
): object[] {
  return [
    { id: 'tab', type: 'tab', label: 'bot' },
    portal,
    bot,
    inNode(incoming),
    thinkNode(func),
    replyNode(reply),
    { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
    ...['said', 'others', 'caught'].map(endNode),
  ];
}
