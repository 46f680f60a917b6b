import { asCode, pageOf, table } from './markdown.mjs';
import { helpLines, helpSection, nodesIn } from './sources.mjs';

const words = {
  'en-US': {
    title: 'What is in the messages',
    other: 'На русском: [Что есть в сообщениях](message.ru.md).',
    intro:
      'What each node reads from a message and what it puts there. Made by `npm run docs` from the help of the nodes; do not edit.',
    more: 'Names in *italics* may be missing.',
    head: ['Property of `msg`', 'Type', 'Meaning'],
    inputs: 'takes',
    outputs: 'gives',
  },
  ru: {
    title: 'Что есть в сообщениях',
    other: 'In English: [What is in the messages](message.md).',
    intro:
      'Что каждый узел берёт из сообщения и что в него записывает. Страницу создаёт `npm run docs` из справки к узлам; не правьте её.',
    more: 'Свойств, выделенных *курсивом*, может не быть.',
    head: ['Свойство `msg`', 'Тип', 'Что значит'],
    inputs: 'принимает',
    outputs: 'отдаёт',
  },
};

export function messagePage(language) {
  const say = words[language];
  const sections = nodesIn(language).flatMap((node) => {
    const parts = ['inputs', 'outputs'].flatMap((section) => {
      const blocks = blocksOf(helpLines(helpSection(node, language, section)), say.head);
      return blocks.length === 0 ? [] : [`**${node.label}** ${say[section]}:`, ...blocks];
    });
    return parts.length === 0 ? [] : [`## ${node.type}`, ...parts];
  });
  return pageOf([`# ${say.title}`, say.other, say.intro, say.more, ...sections]);
}

/** Lines of prose between tables, each as it stands in the help. */
function blocksOf(lines, head) {
  const blocks = [];
  let rows = [];
  const close = () => {
    if (rows.length > 0) blocks.push(table(head, rows));
    rows = [];
  };
  for (const { prose, name, type, meaning } of lines) {
    if (prose === undefined) rows.push([nameOf(name), type, meaning]);
    else {
      close();
      blocks.push(prose);
    }
  }
  close();
  return blocks;
}

/** `*bitrix*, *call*` keeps its italics. */
const nameOf = (names) => names.replace(/[\w.]+/g, asCode);
