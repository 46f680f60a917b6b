/** The flows that are compared: ours, the one an integrator would wire by hand, and the least that Node-RED can do. */
import { botFlow, botNode } from '../../test/integration/bitrix24-nodes/flow-parts';
import { bot } from './event-form';

const onCanvas = { z: 'tab', x: 100, y: 100 };
const tab = { id: 'tab', type: 'tab', label: 'bench' };

export interface StandInUrls {
  readonly bot: string;
  readonly portal: string;
}

export interface OwnFlow {
  readonly urls: StandInUrls;
  /** Of the Node-RED that is to take the events. */
  readonly nodeRedUrl: string;
  readonly maxDialogs: number;
}

/**
 * The shipped flow `3 Typebot bot` in its settings, but for three: `maxDialogs` (100) is what the question needs,
 * `typing` is off because the references send no mark either, and the limits are those of a portal on its own server.
 */
export function ownFlow(wanted: OwnFlow): object[] {
  return [
    ...partsOf(wanted),
    {
      id: 'typebot',
      type: 'typebot-bot',
      startUrl: `${wanted.urls.bot}/bot`,
      apiBaseUrl: '',
      timeoutSeconds: 90,
    },
    {
      id: 'think',
      ...onCanvas,
      type: 'typebot-chat',
      bot: 'typebot',
      message: 'payload',
      messageType: 'msg',
      variables: 'inputs',
      variablesType: 'msg',
      session: 'auto',
      ttlSeconds: 86400,
      sliding: true,
      afterEnd: 'restart',
      files: true,
      pace: false,
      markdown: false,
      maxWaitSeconds: 10,
      onFailure: 'error',
      wires: [['reply']],
    },
  ];
}

/** What comes is taken, checked, stored and confirmed, and stays where it is behind a flow that never ends. */
export function takingFlow(wanted: OwnFlow): object[] {
  const func = 'return new Promise(() => undefined);';
  const never = { id: 'think', ...onCanvas, type: 'function', outputs: 1, func, wires: [[]] };
  return [...partsOf({ ...wanted, maxDialogs: 1 }), never];
}

function partsOf({ urls, nodeRedUrl, maxDialogs }: OwnFlow): object[] {
  const portal = {
    id: 'portal',
    type: 'bitrix-portal',
    authType: 'webhook',
    path: 'events',
    credentials: { webhookUrl: `${urls.portal}/rest/1/secret/` },
  };
  const parts = botFlow(portal, botNode(nodeRedUrl, { credentials: { botToken: bot.token } }), {
    incoming: { maxDialogs, kinds: ['message', 'command'] },
    reply: { typing: false, wires: [[]] },
  });
  return parts.filter((node) => !['think', 'said'].includes(String(Reflect.get(node, 'id'))));
}

/** H. Says yes at once, keeps the session in the flow's context, and takes a dialog's events in whatever order. */
export function handWiredFlow({ bot: botUrl, portal }: StandInUrls): object[] {
  const ask = [
    'const dialog = msg.payload.data.chat.dialogId;',
    "const session = flow.get('sessions.' + dialog);",
    "const path = session ? 'sessions/' + session + '/continueChat' : 'typebots/bot/startChat';",
    'return {',
    `  dialog, method: 'POST', url: '${botUrl}/api/v1/' + path,`,
    "  headers: { 'content-type': 'application/json' },",
    "  payload: { message: { type: 'text', text: msg.payload.data.message.text } },",
    '};',
  ];
  const say = [
    "if (msg.payload.sessionId) flow.set('sessions.' + msg.dialog, msg.payload.sessionId);",
    'const paragraphs = msg.payload.messages.flatMap(({ content }) => content.richText);',
    "const text = paragraphs.map(({ children }) => children.map((child) => child.text).join('')).join('\\n');",
    'return {',
    `  method: 'POST', url: '${portal}/rest/1/secret/imbot.v2.Chat.Message.send',`,
    "  headers: { 'content-type': 'application/json' },",
    '  payload: {',
    `    botId: ${bot.id}, botToken: '${bot.token}', dialogId: msg.dialog, fields: { message: text },`,
    '  },',
    '};',
  ];
  const code = (id: string, lines: readonly string[], next: string): object => ({
    ...{ id, ...onCanvas, type: 'function', outputs: 1, func: lines.join('\n'), wires: [[next]] },
  });
  const call = (id: string, wires: string[][]): object => ({
    ...{ id, ...onCanvas, type: 'http request', method: 'use', ret: 'obj', url: '', wires },
  });
  return [
    tab,
    { id: 'in', ...onCanvas, type: 'http in', url: '/events', method: 'post', wires: [['ok', 'ask']] },
    { id: 'ok', ...onCanvas, type: 'http response', statusCode: '200', wires: [] },
    code('ask', ask, 'asking'),
    call('asking', [['say']]),
    code('say', say, 'saying'),
    call('saying', [[]]),
  ];
}

/** N. */
export const emptyFlow: readonly object[] = [
  tab,
  { id: 'in', ...onCanvas, type: 'http in', url: '/events', method: 'post', wires: [['ok']] },
  { id: 'ok', ...onCanvas, type: 'http response', statusCode: '200', wires: [] },
];
