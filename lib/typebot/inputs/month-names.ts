/** How the names of months begin, in Russian in the forms that stand in dates, and in English. */
const beginnings: readonly (readonly string[])[] = [
  ['янв', 'jan'],
  ['фев', 'feb'],
  ['мар', 'mar'],
  ['апр', 'apr'],
  ['мая', 'май', 'may'],
  ['июн', 'jun'],
  ['июл', 'jul'],
  ['авг', 'aug'],
  ['сен', 'sep'],
  ['окт', 'oct'],
  ['ноя', 'nov'],
  ['дек', 'dec'],
];

const fullNames: readonly (readonly string[])[] = [
  ['января', 'январь', 'january'],
  ['февраля', 'февраль', 'february'],
  ['марта', 'март', 'march'],
  ['апреля', 'апрель', 'april'],
  [],
  ['июня', 'июнь', 'june'],
  ['июля', 'июль', 'july'],
  ['августа', 'август', 'august'],
  ['сентября', 'сентябрь', 'сент', 'september', 'sept'],
  ['октября', 'октябрь', 'october'],
  ['ноября', 'ноябрь', 'november'],
  ['декабря', 'декабрь', 'december'],
];

const months = new Map(
  beginnings.flatMap((short, index) =>
    [...short, ...(fullNames[index] ?? [])].map((name): [string, number] => [name, index + 1]),
  ),
);

/** The number of a month, `1` to `12`, by its name or what it is shortened to. */
export function monthNamed(name: string): number | undefined {
  return months.get(name.toLowerCase());
}
