import { InvalidError, RefusedError } from '../../../lib/core/errors';
import type { DifyApp } from '../../../lib/dify/app';
import type { DifyClient } from '../../../lib/dify/client';
import type { RunKind } from '../../../lib/dify/answer';
import type { Shell } from '../shell';
import { beforeRun } from './before-run';
import { shortInputsNotice } from './usual-inputs';

/**
 * What is known of the app, so that variables and files can be made to fit. Nothing for a server that runs apps but
 * does not describe them. Throws when the key belongs to an app that this node cannot run.
 */
export async function appForRun(
  client: DifyClient,
  kind: RunKind,
  signal: AbortSignal,
): Promise<DifyApp | undefined> {
  const app = await beforeRun(() => client.describe({ signal })).catch(withoutDescription);
  const mismatch = app && otherKind(app, kind);
  if (mismatch) throw mismatch;
  return app;
}

function withoutDescription(error: unknown): undefined {
  const isUnknownPath = error instanceof RefusedError && [404, 405, 501].includes(error.status ?? 0);
  if (!isUnknownPath) throw error;
}

function otherKind({ kind, mode }: DifyApp, wanted: RunKind): InvalidError | undefined {
  if (kind === wanted || kind === 'unknown') return undefined;
  const told = mode === '' ? kind : mode;
  return new InvalidError('DIFY_MODE', `the app is of the kind ${told}`, { params: { mode: told } });
}

/** Looks at the app as soon as the node is there. What goes wrong is said again by the first message. */
export function reviewAtStart(shell: Shell, client: DifyClient, kind: RunKind, sendsUsual: boolean): void {
  appForRun(client, kind, shell.signal).then(
    (app) => {
      const notice = app && sendsUsual ? shortInputsNotice(app.form) : undefined;
      if (notice && !shell.signal.aborted) shell.warn(notice);
    },
    (error: unknown) => {
      if (error instanceof InvalidError && !shell.signal.aborted) shell.warn(error);
    },
  );
}
