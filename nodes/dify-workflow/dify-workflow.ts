import type { NodeAPI } from 'node-red';
import { namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { InvalidError } from '../../lib/core/errors';
import type { DifyApp } from '../../lib/dify/app';
import { workflowParts } from '../../lib/dify/parts';
import type { DifyResult, RunOptions } from '../../lib/dify/request';
import { defineNode } from '../runtime/define-node';
import { progressMessage, putAnswer, putFailure, readFormAnswer } from '../runtime/dify/answer-message';
import { appForRun, reviewAtStart } from '../runtime/dify/app-for-run';
import { filesOfMessage } from '../runtime/dify/message-files';
import { readQuery, readVariables, runInputsFor } from '../runtime/dify/run-inputs';
import { readRunSettings } from '../runtime/dify/run-settings';
import { difyKind } from '../runtime/kinds';
import type { Message } from '../runtime/shell';

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'dify-workflow',
    start(shell) {
      const client = shell.use(difyKind, 'app');
      const { origin } = client;
      const readText = shell.typed('query', 'payload');
      const readValues = shell.typed('variables', 'inputs');
      const { userOf, sendsFiles, emptyText, stripThinking, sendsUsual } = readRunSettings(shell.settings);
      const chosen = shell.settings.text('output', 'all');
      const output = chosen === 'all' ? undefined : chosen;
      reviewAtStart(shell, client, 'workflow', sendsUsual);

      async function run(
        message: Message,
        user: string,
        options: RunOptions & { signal: AbortSignal },
      ): Promise<DifyResult> {
        const form = readFormAnswer(message.choice);
        if (form) return client.submitForm({ kind: 'workflow', ...form, user }, options);
        const { signal } = options;
        const given = readVariables(await readValues(message));
        const app = await appForRun(client, 'workflow', signal);
        const isAsked = app !== undefined && wantsQuery(app) && !Object.hasOwn(given, 'query');
        const variables = isAsked ? { ...given, query: readQuery(await readText(message)) } : given;
        const files = sendsFiles ? filesOfMessage(message.bitrix, signal) : [];
        const sent = await runInputsFor(client, app, {
          variables,
          files,
          user,
          signal,
          onNotice: shell.warn,
        });
        return client.runWorkflow({ user, ...sent }, options);
      }

      return {
        async onMessage(message, { emit, signal }) {
          try {
            const result = await run(message, userOf(namesOfDialog(message.bitrix)), {
              signal,
              stripThinking,
              onProgress: (text) => emit([null, progressMessage(message, text)]),
            });
            if (output !== undefined && lacks(result, output)) shell.warn(outputMissing(result, output));
            putAnswer(message, workflowParts(result, { origin, output }), result, { origin, emptyText });
          } catch (error) {
            putFailure(message, error);
            throw error;
          }
          emit(message);
        },
      };
    },
  });
};

/** A workflow has no question of its own; one that wants it declares a variable with this name. */
function wantsQuery({ form }: DifyApp): boolean {
  return form.some(({ variable }) => variable === 'query');
}

/** One that waits for a person has none of its outputs yet. */
function lacks({ status, outputs }: DifyResult, output: string): boolean {
  return status !== 'paused' && !Object.hasOwn(outputs, output);
}

function outputMissing({ outputs }: DifyResult, output: string): InvalidError {
  const names = Object.keys(outputs);
  return new InvalidError('CONFIG_INVALID', `the workflow gave no output ${output}`, {
    params: { property: 'output', expected: ['all', ...names].join(', ') },
  });
}
