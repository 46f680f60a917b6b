import { asCode, pageOf, table } from './markdown.mjs';
import { helpLines, helpSection, nodesIn } from './sources.mjs';

const words = {
  'en-US': {
    title: 'Settings of every node',
    other: 'На русском: [Настройки всех узлов](settings.ru.md).',
    intro:
      'What each field of a dialog is called, what it is called in the flow file, and what it does. Made by `npm run docs` from the dialogs and their help; do not edit.',
    more: 'A value such as `${BITRIX_WEBHOOK_URL}` is taken from the environment of Node-RED. Secrets are no part of a flow that is exported: Node-RED keeps them encrypted in a file of their own.',
    nodes: 'Nodes of flows',
    config: 'Config nodes',
    head: ['In the flow file', 'In the dialog', 'Type', 'Default', 'Unit', 'What it does'],
    required: '*required*',
    empty: '*empty*',
    secret: '*secret*',
    values: 'Values:',
    units: { Seconds: 's', Minutes: 'min', Hours: 'h', Days: 'days' },
  },
  ru: {
    title: 'Настройки всех узлов',
    other: 'In English: [Settings of every node](settings.md).',
    intro:
      'Как называется каждое поле в окне узла, как оно называется в файле потоков и что делает. Страницу создаёт `npm run docs` из окон узлов и справки к ним; не правьте её.',
    more: 'Значение вида `${BITRIX_WEBHOOK_URL}` берётся из окружения Node-RED. Секреты не попадают в экспортированный поток: Node-RED хранит их зашифрованными в отдельном файле.',
    nodes: 'Узлы потоков',
    config: 'Узлы конфигурации',
    head: ['В файле потоков', 'В окне', 'Тип', 'По умолчанию', 'Единица', 'Что делает'],
    required: '*обязательно*',
    empty: '*пусто*',
    secret: '*секрет*',
    values: 'Значения:',
    units: { Seconds: 'с', Minutes: 'мин', Hours: 'ч', Days: 'дней' },
  },
};

export function settingsPage(language) {
  const say = words[language];
  const nodes = nodesIn(language);
  const sections = [false, true].flatMap((isConfig) => [
    `## ${isConfig ? say.config : say.nodes}`,
    ...nodes.filter((node) => node.isConfig === isConfig).flatMap((node) => nodeBlocks(node, language)),
  ]);
  return pageOf([`# ${say.title}`, say.other, say.intro, say.more, ...sections]);
}

function nodeBlocks(node, language) {
  const say = words[language];
  return [
    `### ${node.type}`,
    `*${node.label}*. ${helpSection(node, language, 'summary').split('\n')[0]}`,
    table(
      say.head,
      propertiesOf(node).map((name) => row(node, name, language)),
    ),
  ];
}

/** The kind of a typed value stands beside the value, not in a row of its own. */
function propertiesOf({ defaults, credentials }) {
  const names = [...defaults, ...Object.keys(credentials)];
  return names.filter((name) => !(name.endsWith('Type') && names.includes(name.slice(0, -4))));
}

function row(node, name, language) {
  const say = words[language];
  const label = node.texts.get(`${node.type}.label.${name}`) ?? '';
  const help = helpLines(node.help).find((line) => line.name === label);
  const own = [name, `${name}Type`].filter((each) => each === name || node.defaults.includes(each));
  const isSecret = name in node.credentials;
  return [
    own.map(asCode).join(', ') + (isSecret ? ` ${say.secret}` : ''),
    label,
    help?.type ?? '',
    own.map((each) => defaultOf(node, each, say)).join(', '),
    unitOf(node, name, say),
    [help?.meaning ?? '', valuesOf(node, name, say)].filter((text) => text !== '').join(' '),
  ];
}

function defaultOf({ definition }, name, say) {
  const { value, required } = definition.defaults[name] ?? {};
  if (value === undefined || value === '') return required ? say.required : say.empty;
  return asCode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** What stands behind the field, or the last word of its name. */
function unitOf({ page, texts, type }, name, say) {
  const shown = formRow(page, name).match(/data-i18n="([\w-]+\.unit\.\w+)"/)?.[1];
  if (shown !== undefined) return texts.get(shown) ?? '';
  const last = /[A-Z][a-z]+$/.exec(name)?.[0] ?? '';
  const isNumber = Object.hasOwn(say.units, last) && texts.has(`${type}.label.${name}`);
  return isNumber ? say.units[last] : '';
}

function valuesOf({ page, texts }, name, say) {
  const select =
    new RegExp(`<select id="node-(?:config-)?input-${name}"[^]*?</select>`).exec(page)?.[0] ?? '';
  const options = [...select.matchAll(/<option value="([^"]*)"([^>]*)>([^<]*)/g)].map(
    ([, value, rest, text]) => {
      const key = /data-i18n="([^"]+)"/.exec(rest)?.[1];
      const shown = key === undefined ? text : (texts.get(key) ?? '');
      return shown === value || shown === '' ? asCode(value) : `${asCode(value)} (${shown})`;
    },
  );
  return options.length === 0 ? '' : `${say.values} ${options.join(', ')}.`;
}

function formRow(page, name) {
  return page.split('<div class="form-row').find((each) => each.includes(`input-${name}"`)) ?? '';
}
