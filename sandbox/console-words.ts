import type { Language } from './web/language';

export interface Addresses {
  chat: string;
  calls: string;
}

interface CommandLines extends Addresses {
  shell: string;
  powerShell: string;
  /** The next start will have other values. */
  areOthers: boolean;
}

interface ConsoleWords {
  /** What `npm start` prints. */
  started: (addresses: Addresses & { editor: string }) => string;
  usage: (ports: { pages: number; nodeRed: number }) => string;
  /** What the command of the package prints. */
  command: (lines: CommandLines) => string;
  nodeRedEnded: (code: number | null) => string;
  flowsRefused: (status: number) => string;
}

/** What the sandbox prints. */
export const consoleWords: Readonly<Record<Language, ConsoleWords>> = {
  en: {
    started: ({ editor, chat, calls }) => `
The editor: ${editor}
The chat:   ${chat}
The calls:  ${calls}

Bitrix24, Dify, Typebot and SpeechSense are stand-ins on this machine. Ctrl+C ends it all.
`,
    usage: ({
      pages,
      nodeRed,
    }) => `Usage: npx @bitlane/node-red-bitrix24 sandbox [--port ${pages}] [--node-red ${nodeRed}]

Starts stand-ins of Bitrix24, Dify, Typebot and SpeechSense on this machine, with a chat page
and a page of calls, and prints the environment variables by which a Node-RED reaches them.

  --port <number>      of the two pages; another one is taken when it is in use
  --node-red <number>  the port of your Node-RED, or its whole address
  --help               this text
`,
    command: ({ shell, powerShell, chat, calls, areOthers }) => `\
Paste one of these two blocks into a terminal, and start Node-RED in that same terminal.

macOS and Linux:

${shell}

Windows, PowerShell:

${powerShell}

Or write each value into its field in the editor, in place of \${its name}.
PUBLIC_URL is the address of your Node-RED: --node-red sets it.
Then import the examples of the package in the editor, deploy, and open:

The chat:   ${chat}
The calls:  ${calls}

${
  areOthers
    ? 'A usual port is in use, or nothing can be kept: these values are for this start alone.'
    : 'The next start has the same values. Start Node-RED again after it: the stand-ins will have forgotten its bots.'
}
Ctrl+C ends it all.`,
    nodeRedEnded: (code) => `Node-RED ended with ${code} at its start`,
    flowsRefused: (status) => `Node-RED did not take the flows: ${status}`,
  },
  ru: {
    started: ({ editor, chat, calls }) => `
Редактор: ${editor}
Чат:      ${chat}
Звонки:   ${calls}

Битрикс24, Dify, Typebot и SpeechSense — имитации на этой машине. Ctrl+C останавливает всё.
`,
    usage: ({
      pages,
      nodeRed,
    }) => `Запуск: npx @bitlane/node-red-bitrix24 sandbox [--port ${pages}] [--node-red ${nodeRed}]

Запускает на этой машине имитации Битрикс24, Dify, Typebot и SpeechSense, страницу чата
и страницу звонков и печатает переменные окружения, по которым их находит Node-RED.

  --port <число>       порт двух страниц; если занят, берётся другой
  --node-red <число>   порт вашего Node-RED или его адрес целиком
  --help               эта справка
`,
    command: ({ shell, powerShell, chat, calls, areOthers }) => `\
Вставьте один из двух блоков в терминал и в этом же терминале запустите Node-RED.

macOS и Linux:

${shell}

Windows, PowerShell:

${powerShell}

Или впишите значения в поля редактора вместо \${имя}.
PUBLIC_URL — адрес вашего Node-RED, его задаёт --node-red.
Затем импортируйте в редакторе примеры пакета, разверните и откройте:

Чат:    ${chat}
Звонки: ${calls}

${
  areOthers
    ? 'Обычный порт занят, или сохранить ничего нельзя: эти значения только для этого запуска.'
    : 'В следующий раз значения будут те же. Node-RED после этого перезапустите: его ботов имитации забудут.'
}
Ctrl+C останавливает всё.`,
    nodeRedEnded: (code) => `Node-RED завершился при запуске, код ${code}`,
    flowsRefused: (status) => `Node-RED не принял потоки: ${status}`,
  },
};
