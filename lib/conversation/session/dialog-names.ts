import { InvalidError } from '../../core/errors';
import { textAt } from '../../core/fields';

const names = ['memberId', 'domain', 'botId', 'botCode', 'dialogId', 'chatId', 'userId'] as const;

/** What tells one conversation, and one person, from another. Empty where the event does not say it. */
export type DialogNames = Readonly<Record<(typeof names)[number], string>>;

/** Out of `msg.bitrix`; nothing when the message belongs to no dialog. */
export function namesOfDialog(bitrix: unknown): DialogNames | undefined {
  const dialogId = textAt(bitrix, 'dialogId');
  if (dialogId === undefined) return undefined;
  const domain = textAt(bitrix, 'portal', 'domain') ?? '';
  const botCode = textAt(bitrix, 'bot', 'code') ?? '';
  return {
    // Two portals may have dialogs and bots with the same numbers.
    memberId: textAt(bitrix, 'portal', 'memberId') ?? domain,
    domain,
    botId: textAt(bitrix, 'bot', 'id') ?? botCode,
    botCode,
    dialogId,
    chatId: textAt(bitrix, 'chatId') ?? '',
    userId: textAt(bitrix, 'user', 'id') ?? '',
  };
}

/** Nothing comes out when the template needs a dialog and there is none. */
export type DialogTemplate = (dialog: DialogNames | undefined) => string | undefined;

/** A text with names in braces: `{memberId}:{dialogId}`. `fixed` are names whose values are known already. */
export function dialogTemplate(
  template: string,
  property: string,
  fixed: Readonly<Record<string, string>> = {},
): DialogTemplate {
  const used = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const known: readonly string[] = [...Object.keys(fixed), ...names];
  const unknown = used.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidError('CONFIG_INVALID', `{${unknown}} is no name that can be filled in`, {
      params: { property, expected: known.map((name) => `{${name}}`).join(', ') },
    });
  }
  const needsDialog = used.some((name) => !Object.hasOwn(fixed, name));
  return (dialog) => {
    if (needsDialog && !dialog) return undefined;
    const values: Readonly<Record<string, string>> = { ...dialog, ...fixed };
    return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  };
}
