import {
  readFieldRows,
  rowOfKey,
  usualFieldRows,
  type CallFieldsRules,
  type FieldRow,
} from '../../lib/sync/call-fields';
import type { AudioRules } from '../../lib/speechsense/audio/rules';
import type { Settings } from '../runtime/settings';

export const methods = ['auto', 'stream', 'unary', 'badge'] as const;

export function audioRulesIn(settings: Settings): AudioRules {
  const rules = {
    mono: settings.choice('mono', ['reject', 'warn', 'allow']),
    convertToLpcm: settings.flag('convertToLpcm', false),
    swapChannels: settings.flag('swapChannels', false),
  };
  if (!settings.flag('raw', false)) return rules;
  const sampleRate = settings.number('rawSampleRate', 8000, { min: 8000, max: 48_000 });
  const channels = settings.number('rawChannels', 2, { min: 1, max: 2 });
  return { ...rules, raw: { sampleRate, channels } };
}

export function fieldsRulesIn(settings: Settings): CallFieldsRules {
  return { fields: fieldRowsIn(settings), callbackOutgoing: settings.flag('callbackOutgoing', true) };
}

/** What no setting is. */
const absent = '\0';

/** A table, a text of keys with commas in between, or the usual ones when there is neither. */
function fieldRowsIn(settings: Settings): readonly FieldRow[] {
  const keys = settings.list('fields', [absent]);
  const isText = settings.verbatim('fields', absent) !== absent;
  if (isText && keys.length > 0) return keys.map(rowOfKey);
  return isText || keys.includes(absent) ? usualFieldRows : readFieldRows(settings.entries('fields'));
}
