// How the pages of the reference are put together.

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|').trim();

/** A value as it stands in a flow file. A backtick in it would end the code. */
export const asCode = (text) => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

/** Paragraphs, lists and tables with an empty line between them. */
export const pageOf = (blocks) => `${blocks.filter((block) => block !== '').join('\n\n')}\n`;

/** `__count__` is the place of a value, and Markdown would make it bold. */
export const withPlaces = (text) => text.replace(/__(\w+?)__/g, '{$1}');
