import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { installPageHtml } from '../../../../lib/bitrix24/oauth';

describe('install page', () => {
  const { html, headers } = installPageHtml('en', 'https://x.bitrix24.com');
  const policy = headers['Content-Security-Policy'] ?? '';

  it('loads the library of Bitrix24 and finishes the installation, once', () => {
    const scripts = [...html.matchAll(/<script(?: src="([^"]*)")?>([^<]*)<\/script>/g)];
    assert.deepEqual(
      scripts.map(([, source]) => source),
      ['//api.bitrix24.com/api/v1/', undefined],
    );
    assert.equal(html.split('BX24.installFinish()').length, 2);
  });

  it('allows exactly these scripts', () => {
    const [, inline = ''] = /<script>([^<]*)<\/script>/.exec(html) ?? [];
    const hash = createHash('sha256').update(inline).digest('base64');
    assert.match(policy, /(^|; )default-src 'none'(;|$)/);
    assert.ok(policy.includes(`script-src api.bitrix24.com 'sha256-${hash}';`));
    assert.doesNotMatch(policy, /unsafe|\*/);
    for (const closed of ["base-uri 'none'", "form-action 'none'"]) assert.ok(policy.includes(closed));
  });

  it('may be framed by the portal alone', () => {
    assert.match(policy, /frame-ancestors https:\/\/x\.bitrix24\.com$/);
    assert.equal(headers['X-Frame-Options'], undefined);
    const path = installPageHtml('en', "https://x.bitrix24.com/rest/; script-src 'unsafe-inline'");
    assert.equal(path.headers['Content-Security-Policy'], policy);
    assert.throws(() => installPageHtml('en', 'x.bitrix24.com'));
  });

  it('speaks English and Russian', () => {
    assert.match(html, /<html lang="en">[^]*The application is installed/);
    for (const language of ['ru', 'RU', 'ru-RU']) {
      assert.match(
        installPageHtml(language, 'https://x.ru').html,
        /<html lang="ru">[^]*Приложение установлено/,
      );
    }
    for (const language of ['', 'de', 'rum', '"><script>']) {
      assert.equal(installPageHtml(language, 'https://x.bitrix24.com').html, html);
    }
  });

  it('is not kept by anybody', () => {
    assert.equal(headers['Cache-Control'], 'no-store');
    assert.equal(headers['Content-Type'], 'text/html; charset=utf-8');
    assert.equal(headers['Referrer-Policy'], 'no-referrer');
  });
});
