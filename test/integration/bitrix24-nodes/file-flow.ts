import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { endNode, inNode, type Changes } from './flow-parts';
import type { Scene } from './scene';

export const ways = ['buffer', 'file', 'stream'] as const;
export const contentKey = { buffer: 'data', file: 'path', stream: 'stream' } as const;
const place = { z: 'tab', x: 100, y: 100 };
export const png = Buffer.from('\x89PNG\r\n\x1a\n and the rest', 'latin1');

/** What the client writes says what becomes of the files; a word alone comes back as a file. */
const choose = `
  const ways = ${JSON.stringify(ways)};
  if (ways.includes(msg.payload)) return [...ways.map((way) => (way === msg.payload ? msg : null)), null];
  msg.payload = { name: 'said.txt', data: msg.payload };
  return [...ways.map(() => null), msg];
`;

export function fileFlow(portal: object, bot: object, changes: Changes = {}): object[] {
  return [
    { id: 'tab', type: 'tab', label: 'files' },
    portal,
    bot,
    inNode(),
    {
      ...{ id: 'think', ...place, type: 'function', func: choose, outputs: ways.length + 1 },
      wires: [...ways, 'upload'].map((name) => [name]),
    },
    ...ways.map((as) => ({
      ...{ id: as, ...place, type: 'bitrix-file', action: 'download', as, wires: [['had', 'beside']] },
      ...changes,
    })),
    { id: 'upload', ...place, type: 'bitrix-file', action: 'upload', wires: [['sent']] },
    { id: 'catch', ...place, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
    ...['had', 'beside', 'sent', 'others', 'caught'].map(endNode),
  ];
}

/** What a test looks at, in the dialog that it is about. */
export function lookAtFiles(scene: Scene, placeOf: () => { portal: Portal; chat: Chat }) {
  return {
    async arrived(nodeId: string): Promise<unknown> {
      const [message] = await scene.heard(nodeId, 1);
      assert.deepEqual(scene.watch.heard('caught'), []);
      return message;
    },
    async refused(code: string): Promise<string> {
      const [caught] = await scene.heard('caught', 1);
      assert.equal(textAt(caught, 'error', 'code'), code);
      return textAt(caught, 'error', 'message') ?? '';
    },
    /** What the bot has sent: the names of files with their contents, or texts without a name. */
    filesInChat(): (readonly [string | undefined, string])[] {
      const { portal, chat } = placeOf();
      const ofBot = portal.messages(chat).filter(({ sentByBot }) => sentByBot !== undefined);
      return ofBot.map(({ files: [file], text }) => [
        file?.name,
        file ? (portal.state.files.get(file.id)?.bytes.toString('latin1') ?? '') : text,
      ]);
    },
  };
}
