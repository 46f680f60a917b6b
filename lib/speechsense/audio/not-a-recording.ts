/** What kind of text came in the place of the recording; undefined: it is none. */
export function textKind(head: Buffer): 'HTML' | 'XML' | 'JSON' | 'TXT' | undefined {
  // Templates leave blanks before a page, by the screen.
  const shown = head.toString('latin1').replace(/^(?:\xef\xbb\xbf)?\s*/, '');
  const start = shown.slice(0, 512);
  if (/^<\?xml/i.test(start)) return /<html/i.test(start) ? 'HTML' : 'XML';
  if (/^<(?:!doctype|!--|html|head|body|script|meta)/i.test(start)) return 'HTML';
  if (!isText(head)) return undefined;
  if (start.startsWith('<')) return 'XML';
  return start.startsWith('{') || start.startsWith('[') ? 'JSON' : 'TXT';
}

function isText(head: Buffer): boolean {
  if (head.length === 0) return false;
  for (const byte of head) if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27)) return false;
  try {
    // The last letter may have been cut.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
