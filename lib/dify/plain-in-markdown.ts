/** What a person wrote, for a place inside Markdown: it is read there as it was written, and makes no link. */
export function plainInMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>~|#]/g, '\\$&');
}
