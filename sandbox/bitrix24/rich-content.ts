import { isMap } from '../shared/params';
import { refusal } from './refusal';

/** Keyboards, menus and attachments: what is not well formed is refused rather than shown wrong. */
export interface SizeLimits {
  attach: number;
  keyboard: number;
}

export const v1Sizes: SizeLimits = { attach: 30_000, keyboard: 30_000 };
export const v2Sizes: SizeLimits = { attach: 60_000, keyboard: 30_000 };

const actions = ['PUT', 'SEND', 'COPY', 'CALL', 'DIALOG'];

export function checkedKeyboard(
  given: unknown,
  sizes: SizeLimits,
  kind: 'KEYBOARD' | 'MENU' = 'KEYBOARD',
): unknown {
  if (given === undefined || given === null) return undefined;
  const content = parsed(given);
  const buttons = isMap(content) ? (content['BUTTONS'] ?? content['ITEMS']) : content;
  const rows = isMap(buttons) ? Object.values(buttons) : buttons;
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isButton)) {
    throw refusal(`${kind}_ERROR`, `Incorrect ${kind.toLowerCase()} params`);
  }
  if (JSON.stringify(content).length > sizes.keyboard)
    throw refusal(`${kind}_OVERSIZE`, 'The maximum size is exceeded');
  return content;
}

function isButton(button: unknown): boolean {
  if (!isMap(button)) return false;
  if (button['TYPE'] === 'NEWLINE') return true;
  if (typeof button['TEXT'] !== 'string' || button['TEXT'] === '') return false;
  if ('ACTION' in button) return actions.includes(String(button['ACTION'])) && 'ACTION_VALUE' in button;
  return 'LINK' in button || 'COMMAND' in button || 'APP_ID' in button || button['DISABLED'] === 'Y';
}

export function checkedAttach(given: unknown, sizes: SizeLimits): unknown {
  if (given === undefined || given === null) return undefined;
  const content = parsed(given);
  const blocks = isMap(content) && 'BLOCKS' in content ? content['BLOCKS'] : content;
  if (!Array.isArray(blocks) || blocks.length === 0 || !blocks.every(isMap)) {
    throw refusal('ATTACH_ERROR', 'Incorrect attach params');
  }
  if (JSON.stringify(content).length > sizes.attach)
    throw refusal('ATTACH_OVERSIZE', 'The maximum size is exceeded');
  return content;
}

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}
