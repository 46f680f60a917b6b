// What the pages of the reference are made of: the code and the texts of the pack itself.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pack from '../pack.cjs';

const require = createRequire(import.meta.url);
/** TypeScript, which whoever runs this has a loader for. */
const code = (file) => require(join(pack.root, `${file}.ts`));

const { readCatalogue, readHelp, readNodeFiles, readSharedCatalogue } = code('test/support/node-files');
const { errorCodes, InvalidError } = code('lib/core/errors');
const { packMetricTable } = code('lib/core/metric-table');
const { createStatusBoard } = code('nodes/runtime/status');
const { createFlowStarter } = code('nodes/bitrix-in/flow-starter');
const { failureOf } = code('nodes/voximplant-calls/call-job');
const { rateLimitTries, retryPolicy } = code('lib/bitrix24/rest/policies');
const { triesOf } = code('lib/speechsense/retry-table');

export { errorCodes, failureOf, packMetricTable, rateLimitTries, readSharedCatalogue, retryPolicy, triesOf };

/** Of a failure with this code: a dot when somebody has to act first, otherwise a ring. @returns {'dot' | 'ring'} */
export function lampOf(errorCode) {
  let lamp;
  const board = createStatusBoard({ status: ({ shape }) => (lamp = shape) });
  board.fail(new InvalidError(errorCode, 'made up'));
  board.close();
  return lamp;
}

/** Whether bitrix-in gives an event up at once when its flow ends with this code. @returns {Promise<boolean>} */
export async function isGivenUpAtOnce(errorCode, isUnclear) {
  const error = { code: errorCode, isUnclear, message: 'made up', nodeId: 'n', nodeType: 'n' };
  const tracker = { track: (_message, { onEnd }) => onEnd({ how: 'failed', by: 'report', error }) };
  const start = createFlowStarter({
    tracker,
    finish: 'flow',
    timeoutMs: 1000,
    label: '',
    emit: () => undefined,
  });
  const end = await start({}, { event: { eventId: 'made-up', attempt: 1 } });
  return end.isFinal;
}

/** The nodes of the pack in one language, as the editor shows them. */
export function nodesIn(language) {
  return pack.registeredNodes().map((node) => {
    const { page, definition, defaults, credentials } = readNodeFiles(node);
    const texts = readCatalogue(node, language);
    const help = readHelp(node, language).replace(/^<script[^>]*>\n|<\/script>\s*$/g, '');
    const label = texts.get(`${node.type}.paletteLabel`) ?? node.type;
    return { ...node, page, definition, defaults, credentials, texts, help, label };
  });
}

const headings = {
  'en-US': { inputs: 'Inputs', outputs: 'Outputs', details: 'Details', errors: 'Errors' },
  ru: { inputs: 'Входы', outputs: 'Выходы', details: 'Подробности', errors: 'Ошибки' },
};

/** One section of a help; what stands above the first heading is `summary`. */
export function helpSection({ help }, language, section) {
  const [summary = '', ...others] = help.split(/^### /m);
  if (section === 'summary') return summary.trim();
  const heading = headings[language][section];
  return (
    others
      .find((each) => each.startsWith(`${heading}\n`))
      ?.slice(heading.length)
      .trim() ?? ''
  );
}

/** The lines `: name (type) : meaning` of a help, with the line of prose that stands above them. */
export function helpLines(text) {
  return text.split('\n').flatMap((line) => {
    const [, name, type, meaning] = /^: ([^:()]+) \(([^()]+)\) : (.+)$/.exec(line) ?? [];
    if (name !== undefined) return [{ name, type, meaning }];
    return line.trim() === '' ? [] : [{ prose: line.trim() }];
  });
}
