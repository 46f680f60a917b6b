import type { Part } from '../core/parts';
import type { DifyApp } from './app';
import { openingParts } from './parts';
import { plainInMarkdown } from './plain-in-markdown';

type Opening = Pick<DifyApp, 'openingStatement' | 'openingQuestions' | 'form'>;

/** What an app says to somebody who joins, with the values of its variables; nothing when it has nothing to say. */
export function greeting(app: Opening, variables: Readonly<Record<string, unknown>>): Part[] | undefined {
  if (app.openingStatement.trim() === '') return undefined;
  const presets = Object.fromEntries(app.form.map(({ variable, default: preset }) => [variable, preset]));
  const valueOf = (name: string): string => oneLineOf(ownOf(variables, name) ?? ownOf(presets, name));
  return openingParts({
    openingStatement: fillIn(app.openingStatement, (name) => plainInMarkdown(valueOf(name))),
    openingQuestions: app.openingQuestions.map((question) => fillIn(question, valueOf)),
  });
}

function fillIn(text: string, valueOf: (name: string) => string): string {
  return text.replace(/\{\{\s*([\p{L}_][\p{L}\p{N}_.-]{0,99})\s*\}\}/gu, (_mark, name: string) =>
    valueOf(name),
  );
}

function ownOf(values: Readonly<Record<string, unknown>>, name: string): unknown {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === '' || value === null ? undefined : value;
}

function oneLineOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : '';
}
