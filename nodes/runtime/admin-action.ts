import type { Request, RequestHandler, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { at, keysAt, textAt } from '../../lib/core/fields';
import { CancelledError, toError, UnreachableError } from '../../lib/core/errors';
import { explainInDialog, type Translate } from './explain';
import { learnSecrets } from './redactor';
import { placeholderIn } from './placeholder';
import { readSettings, type Settings } from './settings';
import { variableOf } from './variables';

/** What a button in a dialog gets back: a sentence for the person, and data for the dialog if it needs any. */
export interface ActionAnswer {
  ok: boolean;
  /** It could not be done yet, and nothing is wrong. */
  isHint?: boolean;
  message: string;
  details?: unknown;
}

export interface ActionContext {
  /** The dialog's values as they stand now, deployed or not. */
  settings: Settings;
  /** The node's id, when it exists already. */
  id: string | undefined;
  /** Into the language of the editor, which may be another than the runtime's. */
  translate: Translate;
  signal: AbortSignal;
}

/** A password field that nobody touched; the editor never has the value itself. */
const UNCHANGED = '__PWRD__';
const LIMIT_MS = 30_000;

/**
 * Serves `POST bitlane/<type>/<action>?lng=<language>` for the dialogs of one node type. Whatever makes the server call
 * out, or changes something, needs the permission to write.
 */
export function serveAction(
  RED: NodeAPI,
  type: string,
  action: string,
  run: (context: ActionContext) => Promise<ActionAnswer>,
  timeLimit = (ms: number): AbortSignal => AbortSignal.timeout(ms),
): void {
  const answer = async (request: Request, translate: Translate): Promise<ActionAnswer> => {
    const id: unknown = at(request.body, 'id');
    const stored = typeof id === 'string' ? RED.nodes.getCredentials(id) : undefined;
    const fillIn = fillerFor(RED, typeof id === 'string' ? id : undefined);
    const form = fromForm(request.body, fillIn);
    const settings = learnSecrets(readSettings(form, withStored(request.body, stored, fillIn)));
    const signal = timeLimit(LIMIT_MS);
    const context = { settings, id: typeof id === 'string' ? id : undefined, translate, signal };
    return run(context).catch((thrown: unknown) => {
      throw isTimeUp(thrown, signal) ? tooLong() : thrown;
    });
  };
  const handler: RequestHandler = (request: Request, response: Response) => {
    // A page of another site can post a form with the person's cookies, but no JSON.
    if (!request.is('application/json')) {
      response.sendStatus(415);
      return;
    }
    const translate = translatorFor(RED, request);
    answer(request, translate)
      .catch((thrown: unknown) => ({ ok: false, message: explainInDialog(toError(thrown), translate, type) }))
      .then((result) => void response.json(result))
      .catch(() => response.destroy());
  };
  RED.httpAdmin.post(`/bitlane/${type}/${action}`, RED.auth.needsPermission(`${type}.write`), handler);
}

/** Nothing else ends the signal, so what was stopped by it was stopped by nobody. */
function isTimeUp(thrown: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (thrown instanceof CancelledError || thrown === signal.reason);
}

function tooLong(): UnreachableError {
  const seconds = LIMIT_MS / 1000;
  return new UnreachableError('ACTION_TIMEOUT', `no answer within ${seconds} s`, {
    sent: true,
    params: { seconds },
  });
}

/** The editor says its language as it does where it asks for texts: `?lng=ru`. Without it the runtime's own is used. */
function translatorFor(RED: NodeAPI, request: Request): Translate {
  const lng = textAt(request.query, 'lng') ?? '';
  const language = /^[a-z]{2,3}(?:-[a-z0-9]{1,8})*$/i.test(lng) ? { lng } : {};
  return (key, params) => RED._(key, { ...params, ...language });
}

/** The runtime fills a variable's value in when it makes a node; a dialog's values have not been through that. */
function fromForm(form: unknown, fillIn: FillIn): Record<string, unknown> {
  return Object.fromEntries(keysAt(form).map((key) => [key, fillIn(at(form, key))]));
}

function withStored(form: unknown, stored: unknown, fillIn: FillIn): Record<string, unknown> {
  const typed = at(form, 'credentials');
  const names = new Set([...keysAt(typed), ...keysAt(stored)]);
  const entries = [...names].map((name) => {
    const value = at(typed, name);
    return [name, fillIn(value === undefined || value === UNCHANGED ? at(stored, name) : value)] as const;
  });
  return Object.fromEntries(entries);
}

type FillIn = (value: unknown) => unknown;

function fillerFor(RED: NodeAPI, id: string | undefined): FillIn {
  return (value) => {
    const name = typeof value === 'string' ? placeholderIn(value) : undefined;
    return name === undefined ? value : (variableOf(RED, name, id) ?? value);
  };
}
