import { randomBytes } from 'node:crypto';
import type { ProblemKey } from './page-answer';
import { languageOf, pageTexts } from './page-texts';

/** What the page is made of, as it lies in the package. */
export interface PageFiles {
  readonly script: string;
  readonly style: string;
}

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PageOptions {
  /** What the page sends back to show whose session it is. */
  readonly bearer: string;
  readonly language: string;
  /** Of the portal: the only place that may show it in a frame. */
  readonly origin: string;
  readonly files: PageFiles;
}

/** The header that a page sends its bearer in. No form and no other site can set it. */
export const sessionHeader = 'X-Bitlane-Session';

export function pageHtml({ bearer, language, origin, files }: PageOptions): Page {
  const lang = languageOf(language);
  const texts = pageTexts[lang];
  const nonce = randomBytes(16).toString('base64');
  const start = { bearer, header: sessionHeader, language: lang, texts };
  const html = `<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts.title}</title>
<style nonce="${nonce}">
${inside('style', files.style)}
</style>
</head>
<body>
<main id="page"></main>
<noscript><p>${texts.noScript}</p></noscript>
<script type="application/json" id="start">${asData(start)}</script>
<script nonce="${nonce}">
${inside('script', files.script)}
</script>
</body>
</html>
`;
  return { html, headers: headersFor(origin, nonce) };
}

/** In place of the page, for somebody whom the portal did let in. */
export function noticeHtml(language: string, origin: string, problem: ProblemKey): Page {
  const lang = languageOf(language);
  const { title, problems } = pageTexts[lang];
  const html = `<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<p>${problems[problem]}</p>
</body>
</html>
`;
  return { html, headers: headersFor(origin) };
}

/** Inside a script element the only thing that could end it is its own closing tag. */
function asData(content: object): string {
  return JSON.stringify(content).replace(/[<>&\u2028\u2029]/g, asEscape);
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function inside(element: string, text: string): string {
  if (new RegExp(`</${element}|<!--`, 'i').test(text))
    throw new Error(`the ${element} of the page ends too soon`);
  return text.trim();
}

function headersFor(portalOrigin: string, nonce?: string): Readonly<Record<string, string>> {
  const own = nonce === undefined ? [] : ownSources(nonce);
  const policy = [
    "default-src 'none'",
    ...own,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${new URL(portalOrigin).origin}`,
  ];
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

function ownSources(nonce: string): string[] {
  return [
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    // The pictures of the bots come with their names.
    'img-src data:',
    "connect-src 'self'",
  ];
}
