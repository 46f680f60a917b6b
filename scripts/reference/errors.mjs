import { pageOf, withPlaces } from './markdown.mjs';
import {
  errorCodes,
  failureOf,
  helpSection,
  isGivenUpAtOnce,
  lampOf,
  nodesIn,
  rateLimitTries,
  readSharedCatalogue,
  retryPolicy,
  triesOf,
} from './sources.mjs';

const words = {
  'en-US': {
    title: 'Errors',
    other: 'На русском: [Ошибки](errors.ru.md).',
    intro:
      'Every code that an error of the pack can have, with the sentence that a person reads and the few words in the status of the node. A Catch node finds the code in `msg.error.code`. Made by `npm run docs` from the texts and the rules of the code; do not edit.',
    places: 'Words in braces such as {reason} stand for what is filled in.',
    again: 'What is tried again',
    rules: [
      `A call to Bitrix24 is made up to ${retryPolicy.attempts} times when it certainly did not arrive, or when it only reads. When the portal says that there are too many requests, the call waits and is made up to ${rateLimitTries} times.`,
      'A call to Dify that starts a run is made again when nothing can have arrived, when Dify is busy, and once when its server failed. A call to Typebot is made again once, when it was not taken.',
      `A call to SpeechSense is made up to ${triesOf.usual} times after an outage; an upload whose outcome is unclear is not sent again by that.`,
      'Only then comes the error. An event whose flow ends with an error that no Catch node takes is handed out again, as often as *Tries* of `bitrix-in` says. Then it is put aside as a dead letter.',
      'In a sync of calls or chats, a row whose flow ends with an error is tried again as often as the setting of the node says, and then goes to the list of failed ones.',
      'Where a code differs from this, it says so below. What is said of the sync of calls is true of chats as well, except that `BITRIX_AUTH` means one chat there, which goes to the list of failed ones.',
    ],
    groups: {
      BITRIX: 'Bitrix24',
      DIFY: 'Dify',
      TYPEBOT: 'Typebot',
      SPEECHSENSE: 'SpeechSense',
      AUDIO: 'Recordings',
      STORE: 'Store',
      SYNC: 'Syncs',
      EVENT: 'Events',
      '': 'Settings, messages and the rest',
    },
    status: 'Status',
    dot: 'a red dot: somebody has to act first',
    event: 'Event',
    always: 'not handed out again, because the bot may have done its work already',
    unclear: 'not handed out again when the bot may have done its work already',
    sync: 'Sync',
    late: 'looked at again later',
    lost: 'looked at again later, in case it comes back',
    halt: 'the run ends; the next one begins at the same place',
    final: 'put into the list of failed ones at once',
    finalUnlessDown: 'put into the list of failed ones at once, unless the service had failed inside',
  },
  ru: {
    title: 'Ошибки',
    other: 'In English: [Errors](errors.md).',
    intro:
      'Все коды ошибок пакета: фраза, которую видит человек, и несколько слов в статусе узла. Узел Catch получает код в `msg.error.code`. Страницу создаёт `npm run docs` из текстов и правил в коде; не правьте её.',
    places: 'Слова в фигурных скобках, например {reason}, заменяются значениями.',
    again: 'Что повторяется',
    rules: [
      `Вызов Битрикс24 делается до ${retryPolicy.attempts} раз, если он точно не дошёл или только читает. Если портал отвечает, что запросов слишком много, вызов ждёт и делается до ${rateLimitTries} раз.`,
      'Вызов Dify, который запускает работу, повторяется, если он не мог дойти, если Dify занят, и один раз при сбое его сервера. Вызов Typebot повторяется один раз, если он не был принят.',
      `Вызов SpeechSense при сбое связи делается до ${triesOf.usual} раз; загрузка с неясным исходом так не повторяется.`,
      'Только после этого появляется ошибка. Если поток события завершился ошибкой, которую не принял ни один узел Catch, событие выдаётся снова, столько раз, сколько указано в поле *Попыток* узла `bitrix-in`. Затем оно откладывается.',
      'При выгрузке звонков или чатов строка, поток которой завершился ошибкой, повторяется столько раз, сколько указано в узле, а затем попадает в список неудавшихся.',
      'Если для кода действует другое правило, это сказано ниже. Сказанное о выгрузке звонков верно и для чатов, только `BITRIX_AUTH` там относится к одному чату, и в список неудавшихся попадает он.',
    ],
    groups: {
      BITRIX: 'Битрикс24',
      DIFY: 'Dify',
      TYPEBOT: 'Typebot',
      SPEECHSENSE: 'SpeechSense',
      AUDIO: 'Записи',
      STORE: 'Хранилище',
      SYNC: 'Выгрузки',
      EVENT: 'События',
      '': 'Настройки, сообщения и прочее',
    },
    status: 'Статус',
    dot: 'красная точка: сначала нужно вмешаться человеку',
    event: 'Событие',
    always: 'не выдаётся снова, потому что бот мог уже сделать свою работу',
    unclear: 'не выдаётся снова, если бот мог уже сделать свою работу',
    sync: 'Выгрузка',
    late: 'проверяется ещё раз позже',
    lost: 'проверяется ещё раз позже, на случай если она появится снова',
    halt: 'останавливается; следующая начнётся с того же места',
    final: 'строка сразу попадает в список неудавшихся',
    finalUnlessDown: 'строка сразу попадает в список неудавшихся, если только сбой не внутри самого сервиса',
  },
};

export async function errorsPage(language) {
  const say = words[language];
  const texts = readSharedCatalogue(language);
  const remarks = remarksIn(language);
  const groups = await Promise.all(
    Object.entries(say.groups).map(async ([prefix, heading]) => {
      const codes = errorCodes.filter((code) => groupOf(code) === prefix);
      const entries = codes.map((code) => entry(code, { say, texts, remarks }));
      return [`## ${heading}`, ...(await Promise.all(entries)).flat()];
    }),
  );
  const rules = say.rules.map((rule) => `- ${rule}`).join('\n');
  return pageOf([
    `# ${say.title}`,
    say.other,
    say.intro,
    say.places,
    `## ${say.again}`,
    rules,
    ...groups.flat(),
  ]);
}

function groupOf(code) {
  const [prefix] = code.split('_');
  return Object.hasOwn(words['en-US'].groups, prefix) ? prefix : '';
}

async function entry(code, { say, texts, remarks }) {
  const facts = [
    `- ${say.status}: *${texts.get(`bitlane.brief.${code}`)}*${lampOf(code) === 'dot' ? ` (${say.dot})` : ''}.`,
    ...(await eventLine(code, say)),
    ...syncLine(code, say),
    ...(remarks.get(code) ?? []),
  ];
  return [`### ${code}`, withPlaces(texts.get(`bitlane.error.${code}`)), facts.join('\n')];
}

async function eventLine(code, say) {
  if (await isGivenUpAtOnce(code, false)) return [`- ${say.event}: ${say.always}.`];
  return (await isGivenUpAtOnce(code, true)) ? [`- ${say.event}: ${say.unclear}.`] : [];
}

function syncLine(code, say) {
  const meaning = failureOf(code);
  if (meaning === undefined) return [];
  const passes = meaning === 'final' && failureOf(code, 500) === undefined;
  return [`- ${say.sync}: ${passes ? say.finalUnlessDown : say[meaning]}.`];
}

/** What the help of the nodes says of a code, each with its node. @returns {Map<string, string[]>} */
function remarksIn(language) {
  const remarks = new Map(errorCodes.map((code) => [code, []]));
  for (const node of nodesIn(language)) {
    for (const line of helpSection(node, language, 'errors').split('\n')) {
      const [, named, remark] = /^- (`[^:]+): (.+)$/.exec(line) ?? [];
      for (const [, code] of (named ?? '').matchAll(/`([A-Z_0-9]+)`/g)) {
        remarks.get(code)?.push(`- \`${node.type}\`: ${remark}`);
      }
    }
  }
  return remarks;
}
