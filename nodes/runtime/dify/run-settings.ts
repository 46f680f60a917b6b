import { dialogTemplate, type DialogNames } from '../../../lib/conversation/session/dialog-names';
import type { Settings } from '../settings';

/** What becomes of a value that is longer than the app takes. */
const tooLongWays = ['cut', 'refuse'] as const;

/** What both Dify nodes are set up with. */
export interface RunSettings {
  /** Who the run is for. */
  userOf: (dialog: DialogNames | undefined) => string;
  sendsFiles: boolean;
  hearsVoice: boolean;
  tooLong: (typeof tooLongWays)[number];
  emptyText: string;
  stripThinking: boolean;
  /** Whether the variables are those of `bitrix-in`. */
  sendsUsual: boolean;
}

/** A flow that somebody tries without a chat: Dify wants a name for them, too. */
const USER_WITHOUT_DIALOG = 'node-red';

export function readRunSettings(settings: Settings): RunSettings {
  const user = dialogTemplate(settings.text('user', '{memberId}:{botId}:{dialogId}'), 'user');
  const variables = `${settings.text('variablesType', 'msg')}.${settings.verbatim('variables', 'inputs')}`;
  return {
    userOf: (dialog) => user(dialog) ?? USER_WITHOUT_DIALOG,
    sendsFiles: settings.flag('files', true),
    hearsVoice: settings.flag('voice', true),
    tooLong: settings.choice('tooLong', tooLongWays),
    emptyText: settings.text('emptyText'),
    stripThinking: settings.flag('stripThinking', true),
    sendsUsual: variables === 'msg.inputs',
  };
}
