const keyWords =
  'label|placeholder|tip|status|error|option|options|button|title|hint|help|palette|common|catalog';
const catalogueKey = new RegExp(`(?<![\\w./@-])(?:[\\w-]+[.:])+(?:${keyWords})\\.[\\w.-]+`, 'g');

/** What looks like a catalogue key (`bitrix-in.label.portal`) in text that a person reads. */
export function untranslatedKeys(text: string): string[] {
  return text.match(catalogueKey) ?? [];
}
