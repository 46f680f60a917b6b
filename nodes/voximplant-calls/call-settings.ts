import { InvalidError } from '../../lib/core/errors';
import { createCallFilter, type CallFilterSettings } from '../../lib/bitrix24/calls/call-filter';
import type { Settings } from '../runtime/settings';

/** Robots speak to clients without an operator: such calls cost money in SpeechSense and bring nothing. */
const usualDirections = ['outgoing', 'incoming', 'redirected', 'callback'] as const;

/** What is wrong in the settings is said at the deploy, before anything is read. */
export function callSettingsIn(settings: Settings): CallFilterSettings {
  const directions = listIn(settings, 'directions');
  const longest = settings.number('maxSeconds', 0);
  const wanted: CallFilterSettings = {
    from: settings.text('from'),
    to: settings.text('to'),
    operators: listIn(settings, 'operators'),
    minSeconds: settings.number('minSeconds', 30),
    maxSeconds: longest > 0 ? longest : undefined,
    directions: directions.length > 0 ? directions : usualDirections,
    lines: listIn(settings, 'lines'),
    onlySuccessful: settings.flag('onlySuccessful', true),
    withRecord: settings.flag('withRecord', true),
  };
  createCallFilter(wanted, () => 0);
  return wanted;
}

/** A list that became empty by mistake would mean all calls of the portal. */
function listIn(settings: Settings, property: string): string[] {
  const list = settings.list(property, []);
  if (list.length > 0 || !isFilled(settings, property)) return list;
  const expected = '1, 2, 3';
  throw new InvalidError('CONFIG_INVALID', `${property} holds nothing between its commas`, {
    params: { property, expected },
  });
}

function isFilled(settings: Settings, property: string): boolean {
  const written = settings.verbatim(property, '');
  if (written !== '') return written.trim() !== '';
  return isList(settings, property) && settings.entries(property).length > 0;
}

/** Of a text there are no entries. */
function isList(settings: Settings, property: string): boolean {
  const marker = '\0';
  return settings.verbatim(property, marker) === marker;
}

/** SpeechSense keeps the calls of a project's last three months. */
const KEPT_DAYS = 92;
const DAY_MS = 24 * 60 * 60_000;

/** Reads more than SpeechSense is going to keep: from an older day on, or from the beginning. */
export function readsFarBack({ from = '' }: Pick<CallFilterSettings, 'from'>, now: number): boolean {
  const since = Date.parse(from);
  return Number.isNaN(since) || since < now - KEPT_DAYS * DAY_MS;
}
