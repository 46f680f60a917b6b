import { lookUp, type Translate } from './explain';

/** Of each unit, how many bytes it has. */
const units = [
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
] as const;

/** With one decimal below ten, and with the sign that the language puts before a decimal. */
export function numberText(value: number, translate: Translate): string {
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return String(rounded).replace('.', lookUp(translate, 'bitlane.amount.point') ?? '.');
}

/** In the largest unit of which there is at least one; what is less than a kilobyte counts as one. */
export function sizeText(bytes: number, translate: Translate): string {
  const [unit, size] = units.find(([, least]) => bytes >= least) ?? units[2];
  const amount = Math.max(bytes / size, unit === 'KB' ? 1 : 0);
  return `${numberText(amount, translate)} ${lookUp(translate, `bitlane.amount.${unit}`) ?? unit}`;
}
