import type { Conversation, OutputFile, Reference } from './state';
import type { DifyApp } from './app';

/** What an app is asked, checked and complete. */
export interface Turn {
  app: DifyApp;
  user: string;
  /** Empty for a workflow. */
  query: string;
  /** Only what the app's form declares. */
  inputs: Readonly<Record<string, unknown>>;
  files: readonly Reference[];
  /** None for a workflow or a text generator. */
  conversation?: Conversation;
  isFirst: boolean;
  autoGenerateName: boolean;
}

/** What an app says. Every scenario starts from such an answer. */
export interface Answer {
  /** The text, in the pieces in which it is streamed. */
  pieces: readonly string[];
  /** What a workflow gives back. Undefined: `{ result: <the text> }`. */
  outputs?: Readonly<Record<string, unknown>> | null;
  files?: readonly OutputFile[];
  citations?: readonly Citation[];
  /** Reported by a node that could not do its work. */
  error?: string;
}

export interface Citation {
  position: number;
  document_name: string;
  content: string;
  score: number;
}

export type Brain = (turn: Turn) => Answer;

/** Says something sensible about what came, so that a person who tries a flow sees it work. */
export const friendlyBrain: Brain = (turn) => ({ pieces: inPieces(friendlyText(turn)) });

function friendlyText({ app, query, inputs, files, conversation }: Turn): string {
  const earlier = conversation?.messageCount ?? 0;
  const named = Object.entries(inputs).filter(([, value]) => value !== null && value !== '');
  const lines = [
    query === '' ? `**${app.name}** has run.` : `You said: **${query}**`,
    ...(earlier > 0 ? [`I remember ${earlier} earlier message${earlier === 1 ? '' : 's'} of ours.`] : []),
    ...(files.length > 0 ? [`You sent: ${files.map((file) => `*${file.name}*`).join(', ')}`] : []),
    ...(named.length > 0 ? [`I was told:\n${named.map(shownInput).join('\n')}`] : []),
  ];
  return lines.join('\n\n');
}

function shownInput([name, value]: [string, unknown]): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `- \`${name}\`: ${text}`;
}

/** A word at a time, with the space before it. */
export function inPieces(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}
