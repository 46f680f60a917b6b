/** Those that the pages speak. */
export const languages = ['en', 'ru'] as const;

export type Language = (typeof languages)[number];

export const isLanguage = (text: string | null | undefined): text is Language =>
  languages.some((one) => one === text);

/** Of this machine, unless SANDBOX_LANGUAGE says another one: as long as no page has been opened. */
export function firstLanguage(wished = process.env['SANDBOX_LANGUAGE']): Language {
  if (isLanguage(wished)) return wished;
  return new Intl.DateTimeFormat().resolvedOptions().locale.startsWith('ru') ? 'ru' : 'en';
}

/** As a connection of SpeechSense names it. */
export const languageCodes: Readonly<Record<Language, string>> = { en: 'en-US', ru: 'ru-RU' };
