import type { Node } from 'node-red';
import { BitlaneError } from '../../lib/core/errors';
import { needsPerson } from './overview/needs-person';

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
      // That a row failed says less than why.
      const because = error instanceof BitlaneError ? error.params['because'] : undefined;
      put(needsPerson.has(code) ? 'unusable' : 'failed', `bitlane.brief.${because ?? code}`, error);
    },
    now: () => wanted,
    close() {
      closed = true;
      clearTimeout(pause);
      next = undefined;
    },
  };
}
