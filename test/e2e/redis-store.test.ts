import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startRedis, type RedisServer } from '../support/redis';
import { openCheckDialog } from './support/check-dialog';
import * as editor from './support/editor';
import { artefacts, runtimeKinds } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { untranslatedKeys } from './support/untranslated';

const pictures = join(artefacts, 'redis-store');
const password = 'marker-password-of-redis';
const key = 'marker-key-of-a-person';

const sayings = {
  'en-US': { good: /A store can be kept in redis:/, wrong: /does not take the user or the password/ },
  ru: { good: /Хранилище можно держать в redis:/, wrong: /не принимает пользователя или пароль/ },
} as const;

const kinds = runtimeKinds.filter(({ name }) =>
  ['node-red-4.1-node-20', 'node-red-5-node-24'].includes(name),
);

describe('the dialog of bitlane-store', function () {
  let browser: Browser;
  let server: RedisServer;

  before(async () => {
    assert.equal(kinds.length, 2);
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
    server = await startRedis({ password });
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  for (const kind of kinds) {
    describe(kind.name, () => {
      let house: PanelHouse;
      before(async () => {
        house = await startPanelHouse(kind, { folder: pictures });
      });
      after(() => house.stop());

      for (const language of ['en-US', 'ru'] as const) {
        it(`asks for a Redis only when it is chosen, and tries it, in ${language}`, async () => {
          const { page, complaints, close } = await editor.openEditor(browser, house.url, {
            language,
            theme: 'light',
          });
          const dialog = await openCheckDialog(page, 'bitlane-store', '_ADD_');
          assert.deepEqual(await shownOf(page), { folder: true, redisUrl: false });
          await page.locator('#node-config-input-backend').selectOption('redis');
          assert.deepEqual(await shownOf(page), { folder: false, redisUrl: true });
          await dialog.fill('redisUrl', server.url);
          await dialog.fill('encryptionKey', key);
          const good = await dialog.check();
          await dialog.takePicture(join(pictures, `${kind.name}-${language}-good.png`));
          assert.match(good.text, sayings[language].good);
          assert.equal(good.isNo, false, good.text);
          await dialog.fill('redisUrl', server.url.replace(password, 'marker-wrong'));
          const wrong = await dialog.check();
          await dialog.takePicture(join(pictures, `${kind.name}-${language}-wrong.png`));
          assert.match(wrong.text, sayings[language].wrong);
          assert.equal(wrong.isNo, true);
          for (const { text } of [good, wrong]) {
            assert.doesNotMatch(text, /marker-/);
            assert.deepEqual(untranslatedKeys(text), []);
          }
          await dialog.cancel();
          assert.deepEqual(complaints, []);
          await close();
        });
      }
    });
  }
});

async function shownOf(page: Page): Promise<{ folder: boolean; redisUrl: boolean }> {
  const isShown = (name: string): Promise<boolean> => page.locator(`#node-config-input-${name}`).isVisible();
  return { folder: await isShown('folder'), redisUrl: await isShown('redisUrl') };
}
