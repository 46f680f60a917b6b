import { namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { InvalidError, toError } from '../../lib/core/errors';
import { workflowParts } from '../../lib/dify/parts';
import type { DifyResult } from '../../lib/dify/request';
import { readFailurePath } from '../runtime/bot/failure';
import { storeOfNode } from '../runtime/store-of-node';
import { whileBotHasDialog } from '../runtime/bot/takeovers';
import {
  progressMessage,
  putAnswer,
  putFailure,
  saidOfForm,
  type Said,
} from '../runtime/dify/answer-message';
import { reviewAtStart } from '../runtime/dify/app-for-run';
import { askingsOf, type Asking } from '../runtime/dify/asking';
import { formsOfNode } from '../runtime/dify/forms-of-node';
import { runInputsFor } from '../runtime/dify/run-inputs';
import { readRunSettings } from '../runtime/dify/run-settings';
import { difyKind } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';

export const start: StartNode = (RED, shell) => {
  const client = shell.use(difyKind, 'app');
  const { origin } = client;
  const settings = readRunSettings(shell.settings);
  const chosen = shell.settings.text('output', 'all');
  const output = chosen === 'all' ? undefined : chosen;
  const failurePath = readFailurePath(shell);
  const forms = formsOfNode(shell, storeOfNode(RED, shell), { client, kind: 'workflow' });
  const askingFor = askingsOf({ shell, client, kind: 'workflow', settings });
  reviewAtStart(shell, client, 'workflow', settings.sendsUsual);

  async function answer(asking: Asking): Promise<Said> {
    const byForm = await forms.take(asking);
    if (byForm) return 'form' in byForm ? saidOfForm(byForm) : say(byForm.result);
    const { inputs, files } = await runInputsFor(asking, { client, settings, onNotice: shell.warn });
    const result = await client.runWorkflow({ inputs, files, user: asking.user }, asking.options);
    await forms.remember(result, asking);
    return say(result);
  }

  function say(result: DifyResult): Said {
    if (output !== undefined && lacks(result, output)) shell.warn(outputMissing(result, output));
    return { run: result, parts: workflowParts(result, { origin, output }) };
  }

  return {
    async onMessage(message, { emit, signal }) {
      const dialog = namesOfDialog(message.bitrix);
      const user = settings.userOf(dialog);
      try {
        const said = await whileBotHasDialog(message.bitrix, signal, (inDialog) => {
          const options = {
            signal: inDialog,
            stripThinking: settings.stripThinking,
            onProgress: (text: string) => emit([null, progressMessage(message, text)]),
          };
          return answer(askingFor({ message, dialog, user, options }));
        });
        if (!said) return undefined;
        putAnswer(message, said, { origin, emptyText: settings.emptyText });
      } catch (error) {
        putFailure(message, error);
        if (signal.aborted) throw error;
        return await failurePath(message, toError(error), emit);
      }
      emit(message);
      return undefined;
    },
  };
};

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
