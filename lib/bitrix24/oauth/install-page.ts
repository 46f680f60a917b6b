import { createHash } from 'node:crypto';

export interface InstallPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const script = 'BX24.init(function () { BX24.installFinish(); });';
const scriptHash = createHash('sha256').update(script).digest('base64');

const texts = {
  en: {
    title: 'Installation',
    done: 'The application is installed. Bitrix24 will close this page by itself.',
    noScript: 'Allow JavaScript: without it Bitrix24 cannot finish the installation.',
  },
  ru: {
    title: 'Установка',
    done: 'Приложение установлено. Битрикс24 закроет эту страницу сам.',
    noScript: 'Разрешите JavaScript: без него Битрикс24 не сможет завершить установку.',
  },
} as const;

/**
 * The answer to the install page of a verified portal: an app with an interface gets no events before its page has
 * said that the installation is finished. `portalOrigin` is the only place that may show it in a frame.
 */
export function installPageHtml(language: string, portalOrigin: string): InstallPage {
  const lang = /^ru\b/i.test(language) ? 'ru' : 'en';
  const { title, done, noScript } = texts[lang];
  const html = `<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<script src="//api.bitrix24.com/api/v1/"></script>
<script>${script}</script>
</head>
<body>
<p>${done}</p>
<noscript><p>${noScript}</p></noscript>
</body>
</html>
`;
  return { html, headers: headersFor(new URL(portalOrigin).origin) };
}

function headersFor(portalOrigin: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    // Without a scheme it means that of the page, and https besides.
    `script-src api.bitrix24.com 'sha256-${scriptHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${portalOrigin}`,
  ];
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
