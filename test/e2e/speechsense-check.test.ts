import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';
import { openCheckDialog, type CheckDialog } from './support/check-dialog';
import * as editor from './support/editor';
import { artefacts, kindNamed, type RuntimeKind } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { untranslatedKeys } from './support/untranslated';

const pictures = join(artefacts, 'speechsense-check');
const wrongKey = 'AQVN-a-key-that-nobody-made';

/** What a person must be told, in both languages. */
const sayings = {
  good: {
    'en-US': ['SpeechSense request successful'],
    ru: ['Запрос к SpeechSense выполнен (SpeechSense request successful).'],
  },
  key: {
    'en-US': ['does not accept the key', 'Paste the secret of the API key, not its ID'],
    ru: ['не принимает ключ', 'Вставьте секретную часть API-ключа, а не его идентификатор'],
  },
  member: {
    'en-US': ['its service account has no access', 'add the service account there', 'Permission denied'],
    ru: ['у его сервисного аккаунта нет доступа', 'добавьте туда сервисный аккаунт', 'Permission denied'],
  },
  connection: {
    'en-US': ['does not find the connection eagnobody', 'Copy the ID of the connection'],
    ru: ['не находит подключение eagnobody', 'Скопируйте идентификатор подключения'],
  },
  ids: {
    'en-US': ['Fill in under More settings: Organization ID, Space ID, Project ID.'],
    ru: ['Заполните в разделе «Другие настройки»: ID организации, ID пространства, ID проекта.'],
  },
  'key-file': {
    'en-US': ['The key file cannot be used', 'it has no service_account_id, private_key'],
    ru: ['Файл ключа не подходит', 'в нём нет полей: service_account_id, private_key'],
  },
  plaintext: {
    'en-US': ['Check the field “Address”', 'speechsense.example may be called by https only'],
    ru: ['Проверьте поле «Адрес»', 'можно обращаться только по https'],
  },
} as const;
type Case = keyof typeof sayings;

const notes = {
  'en-US': 'SpeechSense does not tell whether the connection is for recordings or for chats',
  ru: 'SpeechSense не сообщает, для записей это подключение или для чатов',
} as const;

const kinds: { kind: RuntimeKind; theme: editor.Look['theme'] }[] = [
  { kind: kindNamed('node-red-4.1-node-20'), theme: 'light' },
  { kind: kindNamed('node-red-5-node-24'), theme: 'dark' },
];

describe('the Check connection button of speechsense-connection', function () {
  let browser: Browser;
  let service: SpeechSense;

  before(async () => {
    await mkdir(pictures, { recursive: true });
    browser = await editor.launchBrowser();
    service = await startSpeechSense();
  });
  after(async () => {
    await browser.close();
    await service.stop();
  });

  for (const { kind, theme } of kinds) {
    describe(kind.name, () => {
      let house: PanelHouse;

      before(async () => {
        house = await startPanelHouse(kind, { folder: pictures });
        await deploy(house.url, service);
      });
      after(() => house.stop());

      for (const language of ['en-US', 'ru'] as const) {
        describe(`in ${language}`, () => {
          let open: editor.Editor;
          let dialog: CheckDialog;
          const picture = (what: string): string => join(pictures, `${kind.name}-${language}-${what}.png`);

          before(async () => {
            open = await editor.openEditor(browser, house.url, { language, theme });
          });
          beforeEach(async () => {
            dialog = await openCheckDialog(open.page, 'speechsense-connection', 'the-connection');
          });
          afterEach(async () => {
            service.setMember(true);
            service.clearScripts();
            await dialog.cancel();
            assert.deepEqual(open.complaints, []);
          });
          after(() => open.close());

          async function assertNo(what: Case): Promise<string> {
            const { text, isNo } = await dialog.check();
            await dialog.takePicture(picture(what));
            assertSays(text, what, language);
            assert.equal(isNo, true);
            assert.equal(await noteIn(open.page), '');
            return text;
          }

          it('says that all is well with the stored key, and what nobody can tell', async () => {
            assert.equal(await noteIn(open.page), '');
            const { text, isNo } = await dialog.check();
            await dialog.takePicture(picture('good'));
            assert.equal(text, sayings.good[language][0]);
            assert.equal(isNo, false);
            assert.ok((await noteIn(open.page)).includes(notes[language]));
            assert.equal(service.talks.length, 0);
            // What was true a moment ago is gone with the next answer.
            await dialog.fill('connectionId', 'eagnobody');
            await assertNo('connection');
          });

          it('says that a key is wrong, and does not show it', async () => {
            await dialog.fill('secret', wrongKey);
            const text = await assertNo('key');
            assert.ok(!text.includes(wrongKey));
          });

          it('says that the service account was not added to the space', async () => {
            service.setMember(false);
            await assertNo('member');
          });

          it('says which ids to fill in when Search wants more', async () => {
            service.script({ on: 'Search', refuse: { code: 3, message: 'space_id is required' } });
            await assertNo('ids');
          });

          it('says that what was pasted is no key file', async () => {
            await chooseAuthType(open.page, 'authorized-key');
            await dialog.fill('secret', '{"id": "ajenobody"}');
            await assertNo('key-file');
          });

          it('says that plaintext is for this machine alone', async () => {
            await open.page.locator('.red-ui-tray details > summary').click();
            await dialog.fill('endpoint', 'http://speechsense.example');
            await assertNo('plaintext');
          });

          it('shows what each way to sign in needs, with room for every name', async () => {
            const shown: string[] = [];
            await open.page.locator('.red-ui-tray details > summary').click();
            for (const authType of ['api-key', 'iam-token', 'authorized-key']) {
              await chooseAuthType(open.page, authType);
              const { names, broken } = await readLabels(open.page);
              assert.deepEqual(broken, []);
              assert.equal(names.length, authType === 'authorized-key' ? 16 : 15);
              shown.push(await open.page.locator('#bitlane-secret-tip').innerText());
              await dialog.takePicture(picture(`fields-${authType}`));
            }
            await open.page.locator('#node-config-input-allowPrivateNetwork').scrollIntoViewIfNeeded();
            await dialog.takePicture(picture('fields-last'));
            assert.equal(new Set(shown).size, 3);
            // The flow does not say, and the default is not to go without.
            assert.equal(await open.page.locator('#node-config-input-tls').isChecked(), true);
            assert.deepEqual(untranslatedKeys(shown.join('\n')), []);
          });
        });
      }

      it('leaves no secret in the log', async () => {
        const log = await readFile(join(pictures, `${kind.name}-root-.log`), 'utf8');
        assert.ok(log.includes('Started flows'));
        for (const secret of [service.apiKey, wrongKey]) assert.ok(!log.includes(secret));
      });
    });
  }
});

function assertSays(text: string, what: Case, language: editor.Look['language']): void {
  assert.deepEqual(
    sayings[what][language].filter((saying) => !text.includes(saying)),
    [],
    text,
  );
  assert.deepEqual(untranslatedKeys(text), []);
  assert.equal(/[а-яё]/i.test(text), language === 'ru', text);
}

/** One connection, as the editor would deploy it. */
async function deploy(url: string, service: SpeechSense): Promise<void> {
  const connection = {
    ...{ id: 'the-connection', type: 'speechsense-connection', name: 'Sales calls', authType: 'api-key' },
    ...{ endpoint: `http://${service.endpoint}`, connectionId: service.connectionId, kind: 'audio' },
    credentials: { secret: service.apiKey },
  };
  const answer = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
    body: JSON.stringify([{ id: 'tab', type: 'tab', label: 'Calls' }, connection]),
  });
  assert.equal(answer.status, 204);
}

/** What stands under the answer, if it is shown. */
function noteIn(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const note = document.querySelector('.red-ui-tray .bitlane-note');
    return note.checkVisibility() ? note.innerText : '';
  })()`);
}

async function chooseAuthType(page: Page, authType: string): Promise<void> {
  await page.locator('#node-config-input-authType').selectOption(authType);
}

/** The names of the fields, and those that need a second line or more room than they have. */
function readLabels(page: Page): Promise<{ names: string[]; broken: string[] }> {
  return page.evaluate<{ names: string[]; broken: string[] }>(`(() => {
    const labels = [...document.querySelectorAll('.red-ui-tray .form-row > label')].filter((label) => label.checkVisibility());
    const isBroken = (label) => label.scrollWidth > label.clientWidth || label.clientHeight > 30;
    const read = (label) => label.innerText.trim();
    return { names: labels.map(read), broken: labels.filter(isBroken).map(read) };
  })()`);
}
