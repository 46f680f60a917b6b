import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, textAt } from '../../../../lib/core/fields';
import { noticeHtml, pageHtml, type PageFiles } from '../../../../lib/bitrix24/page/page-html';
import { pageTexts } from '../../../../lib/bitrix24/page/page-texts';
import { filesBelow, root } from '../../../../scripts/pack.cjs';

const folder = join(root, 'resources/page');
const scripts = filesBelow(folder).filter((file) => file.endsWith('.js'));
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');
const files: PageFiles = { script: 'var a = 1;', style: 'p { margin: 0 }' };

function page(change: Partial<Parameters<typeof pageHtml>[0]> = {}) {
  return pageHtml({ bearer: 'b.c', language: 'en', origin: 'https://x.bitrix24.com', files, ...change });
}

describe('the page itself', () => {
  it('runs its own script and style, nothing else, and in a frame of the portal alone', () => {
    const { html, headers } = page({ origin: 'https://x.bitrix24.com/rest/?a=1' });
    const [, nonce = ''] = /<script nonce="([^"]+)">/.exec(html) ?? [];
    assert.match(nonce, /^[\w+/]{22}==$/);
    assert.ok(html.includes(`<style nonce="${nonce}">`));
    assert.equal(
      headers['Content-Security-Policy'],
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; ` +
        `connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors https://x.bitrix24.com`,
    );
    assert.ok(!page().html.includes(nonce), 'another page has another nonce');
    assert.equal(headers['X-Frame-Options'], undefined);
    assert.equal(headers['Cache-Control'], 'no-store');
    assert.equal(headers['Referrer-Policy'], 'no-referrer');
    assert.throws(() => page({ origin: 'x.bitrix24.com' }));
  });

  it('has nothing of anybody in its HTML but as data', () => {
    const hostile = '</script><script>alert(1)</script>\u2028<!--';
    const { html } = page({ bearer: hostile, language: '"><script>' });
    assert.ok(!html.includes('alert(1)</script>'));
    assert.equal(html.split('<script').length, 3);
    assert.match(html, /<html lang="en">/);
    const [, start = ''] = /id="start">([^<]*)<\/script>/.exec(html) ?? [];
    assert.equal(textAt(JSON.parse(start), 'bearer'), hostile);
  });

  it('is not made of a file that would end its element', () => {
    for (const script of ['"</script>"', '"</SCRIPT "', '"<!--"']) {
      assert.throws(() => page({ files: { ...files, script } }), /too soon/);
    }
    assert.throws(() => page({ files: { ...files, style: 'p::after { content: "</style>" }' } }), /too soon/);
  });

  it('speaks English and Russian', () => {
    for (const language of ['ru', 'RU', 'ru-RU']) {
      assert.match(page({ language }).html, /<html lang="ru">[^]*Чат-боты/);
    }
    for (const language of ['', 'en', 'de', 'rum']) assert.match(page({ language }).html, /<html lang="en">/);
  });

  it('is a sentence in the same frame for somebody whom it does not let in', () => {
    const { html, headers } = noticeHtml('ru', 'https://x.bitrix24.ru', 'unreachable');
    assert.match(html, /<html lang="ru">[^]*<p>Битрикс24 не отвечает\./);
    assert.doesNotMatch(html, /<script/);
    assert.equal(
      headers['Content-Security-Policy'],
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors https://x.bitrix24.ru",
    );
  });
});

describe('the scripts of the page', () => {
  const code = scripts.map(textOf).join('\n');

  it('never read a text as HTML, and load nothing', () => {
    assert.equal(scripts.length, 4);
    assert.doesNotMatch(
      code,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|Function\(/,
    );
    assert.doesNotMatch(code, /https?:\/\/|import\s*\(|localStorage|sessionStorage|document\.cookie/);
  });

  it('use every word that there is, and no other', () => {
    const used = new Set([...code.matchAll(/\bwords\.(\w+)/g)].map(([, key = '']) => key));
    // Looked up by the state of a bot.
    for (const state of ['waiting', 'failed', 'unkept']) used.add(state);
    assert.deepEqual([...used].sort(), Object.keys(pageTexts.en.words).sort());
  });

  it('fill in the same values in both languages, and each of them', () => {
    const valuesOf = (text: unknown): string[] =>
      String(text)
        .match(/\{\w+\}/g)
        ?.sort() ?? [];
    for (const part of ['words', 'problems'] as const) {
      assert.deepEqual(Object.keys(pageTexts.ru[part]).sort(), Object.keys(pageTexts.en[part]).sort());
      for (const [key, text] of Object.entries(pageTexts.en[part])) {
        assert.deepEqual(valuesOf(at(pageTexts.ru[part], key)), valuesOf(text), key);
      }
    }
  });
});
