import type { Node } from 'node-red';
import { BitlaneError, type ErrorCode } from '../../lib/core/errors';

/** The only words a node of the pack uses for its state. The texts are in locales, under `bitlane.status`. */
const looks = {
  idle: { fill: 'grey', shape: 'ring' },
  starting: { fill: 'yellow', shape: 'ring' },
  ready: { fill: 'green', shape: 'dot' },
  working: { fill: 'blue', shape: 'dot' },
  waiting: { fill: 'yellow', shape: 'dot' },
  failed: { fill: 'red', shape: 'ring' },
  unusable: { fill: 'red', shape: 'dot' },
  stopped: { fill: 'grey', shape: 'dot' },
} as const;

export type StatusWord = keyof typeof looks;
export const statusWords = Object.keys(looks);

export interface StatusBoard {
  /** `text` is a translated sentence or a catalogue key; left out, the word itself is shown. */
  show(word: StatusWord, text?: string): void;
  /** Red, with the reason: a ring when the next message may succeed, a dot when a person has to act first. */
  fail(error: Error): void;
  /** What is wanted to be seen, shown already or not. */
  now(): { word: StatusWord; error: Error | undefined };
  close(): void;
}

/** What no later message can mend: until a person has acted, it ends the same way each time. */
const needsPerson: ReadonlySet<ErrorCode> = new Set([
  // A key, a right, a plan or an address at the service.
  'BITRIX_AUTH',
  'BITRIX_INSTALL_REFUSED',
  'BITRIX_APP_LOST',
  'BITRIX_APP_KEYS',
  'BITRIX_APP_UNPAID',
  'BITRIX_AUTH_HOST',
  'BITRIX_OVERLOADED',
  'BITRIX_PLAN',
  'BITRIX_CONFIRM',
  'BITRIX_MOVED',
  'BITRIX_CALLS_UNSORTED',
  'BITRIX_RECORDING_DENIED',
  'DIFY_AUTH',
  'DIFY_APP',
  'DIFY_MODE',
  'DIFY_QUOTA',
  'TYPEBOT_CLOSED',
  'TYPEBOT_NOT_FOUND',
  'TYPEBOT_ADDRESS',
  'TYPEBOT_MOVED',
  'TYPEBOT_AUTH',
  'TYPEBOT_ORIGIN',
  'SPEECHSENSE_AUTH',
  'SPEECHSENSE_KEY_FILE',
  'SPEECHSENSE_DENIED',
  'SPEECHSENSE_HOST',
  'SPEECHSENSE_TLS',
  // A setting of a node or of Node-RED.
  'CONFIG_MISSING',
  'CONFIG_EMPTY',
  'CONFIG_UNUSABLE',
  'CONFIG_INVALID',
  'CONFIG_CURSOR_TAKEN',
  'VARIABLE_UNSET',
  'EVENT_CONFLICT',
  'HTTP_OFF',
  'SYNC_HALTED',
  // A store that another one has, or that cannot be trusted as it is.
  'STORE_LOCKED',
  'STORE_KEY_LOST',
  'STORE_LEFT_BEHIND',
]);

/** Every status goes to every open editor, so a busy node must not send one a message. */
const PAUSE_MS = 500;

export function createStatusBoard(node: Pick<Node, 'status'>): StatusBoard {
  let shown = '';
  let next: { word: StatusWord; text: string } | undefined;
  let pause: NodeJS.Timeout | undefined;
  let wanted: { word: StatusWord; error: Error | undefined } = { word: 'idle', error: undefined };
  let closed = false;

  const send = (word: StatusWord, text: string): void => {
    const state = `${word} ${text}`;
    if (state === shown) return;
    shown = state;
    node.status({ ...looks[word], text });
    pause = setTimeout(() => {
      pause = undefined;
      if (!next) return;
      const { word, text } = next;
      next = undefined;
      send(word, text);
    }, PAUSE_MS);
    pause.unref();
  };

  const put = (word: StatusWord, text: string, error?: Error): void => {
    if (closed) return;
    wanted = { word, error };
    if (pause) next = { word, text };
    else send(word, text);
  };

  return {
    show: (word, text = `bitlane.status.${word}`) => put(word, text),
    fail(error) {
      const code = error instanceof BitlaneError ? error.code : 'INTERNAL';
      put(needsPerson.has(code) ? 'unusable' : 'failed', `bitlane.brief.${code}`, error);
    },
    now: () => wanted,
    close() {
      closed = true;
      clearTimeout(pause);
      next = undefined;
    },
  };
}
