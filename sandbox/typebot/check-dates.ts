import { formatMoment } from './date-words';
import { readMoments, type Moment } from './moments';
import { fail, success, type Check } from './verdict';

export const checkDate: Check = (text, { block: { options }, now }) => {
  const { format = options.hasTime ? 'dd/MM/yyyy HH:mm' : 'dd/MM/yyyy' } = options;
  // Without a format of its own the usual one decides, which begins with the day.
  const dayFirst = (options.format ?? 'dd').startsWith('dd');
  const moments = readMoments(text, { now, dayFirst });
  const [first, second] = moments;
  if (!first) return fail;
  const range = second && isRange(text, first, second) ? inOrder(first, second) : [first];
  if (options.isRange === true && range.length < 2) return fail;
  if (range.some((moment) => isOutside(moment, options.min, options.max))) return fail;
  const written = range.map(({ date }) => formatMoment(date, format));
  const separator = ` ${options.labels?.['separator'] ?? 'to'} `;
  return success(options.isRange === true ? written.join(separator) : (written[0] ?? ''));
};

function isRange(text: string, first: Moment, second: Moment): boolean {
  return /^\s*(?:to|-|–|until|through|till)\s*$/i.test(text.slice(first.end, second.at));
}

function inOrder(first: Moment, second: Moment): Moment[] {
  return first.date > second.date ? [second, first] : [first, second];
}

/** The last day allowed begins at midnight, but a date is read as its noon: that day itself is too late. */
function isOutside(
  { date }: Moment,
  min: number | string | undefined,
  max: number | string | undefined,
): boolean {
  return (max !== undefined && date > new Date(max)) || (min !== undefined && date < new Date(min));
}

export const checkTime: Check = (text, { block: { options }, now }) => {
  const [moment] = readMoments(text, { now, dayFirst: false });
  return moment ? success(formatMoment(moment.date, options.format ?? 'HH:mm')) : fail;
};
