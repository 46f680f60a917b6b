import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { endNode, inNode, type Changes } from './flow-parts';
import type { Scene } from './scene';

export const session = 'imopenlines.bot.session';
export const refusal = { status: 400, error: 'NO_LUCK' } as const;

export const words = { text: 'A colleague will answer you.', note: 'The client is angry.' };

/** One node for each thing that can be done; the client says which. */
const acts: Readonly<Record<string, Changes>> = {
  operator: { action: 'operator', ...words },
  person: { action: 'transfer', target: 'to', targetType: 'msg', ...words },
  line: { action: 'transfer', target: 'queue4' },
  noted: { action: 'operator', note: words.note },
  finish: { action: 'finish', text: 'Goodbye' },
  on: { action: 'silent', silent: 'on' },
  off: { action: 'silent', silent: 'off', text: 'is not said' },
};
const names = Object.keys(acts);

const choose = `
  const names = ${JSON.stringify(names)};
  msg.to = 9;
  if (names.includes(msg.payload)) return names.map((name) => (name === msg.payload ? msg : null));
  msg.payload = 'bot: ' + msg.payload;
  return [...names.map(() => null), msg];
`;

const place = { z: 'tab', x: 100, y: 100 };

/** The message of the client says what is done. */
export function openlineFlow(
  portal: object,
  bot: object,
  changes: { incoming?: Changes; acts?: Changes } = {},
): object[] {
  return [
    { id: 'tab', type: 'tab', label: 'open channels' },
    portal,
    bot,
    inNode(changes.incoming),
    {
      ...{ id: 'think', ...place, type: 'function', func: choose, outputs: names.length + 1 },
      wires: [...names, 'reply'].map((name) => [name]),
    },
    ...names.map((id) => ({
      ...{ id, ...place, type: 'bitrix-openline', wires: [['done']] },
      ...{ ...acts[id], ...changes.acts },
    })),
    { id: 'reply', ...place, type: 'bitrix-imbot-reply', bot: '', typing: false, wires: [['said']] },
    { id: 'catch', ...place, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
    ...['done', 'said', 'others', 'caught'].map(endNode),
  ];
}

/** What a test looks at, in the dialog that it is about. */
export function lookAtLine(scene: Scene, place: () => { portal: Portal; chat: Chat }) {
  return {
    /** Who answers the client, as the portal sees it. */
    operator: (): unknown => place().chat.openLine?.session?.operator,
    countOf: (method: string): number => place().portal.calls.filter((call) => call.method === method).length,
    /** What is said in the dialog besides the client, and whether the client reads it. */
    seen: (): [string, boolean][] =>
      place()
        .portal.messages(place().chat)
        .filter(({ author }) => author !== 'client')
        .map(({ text, reachesClient }) => [text, reachesClient]),
    /** The one message that came through. */
    async done(): Promise<unknown> {
      const [message] = await scene.heard('done', 1);
      assert.deepEqual(scene.watch.heard('caught'), []);
      return message;
    },
  };
}

export function stateOf(message: unknown): unknown {
  return at(message, 'openline', 'state');
}
