import assert from 'node:assert/strict';
import { entriesAt, flagAt, textAt } from '../../../lib/core/fields';
import { listen } from '../../../sandbox/shared/http-listener';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { findFreePort } from '../../support/free-port';
import { useScene } from '../bitrix24-nodes/scene';

const languages = ['en-US', 'ru'] as const;
type Language = (typeof languages)[number];

interface Form {
  startUrl: string;
  token?: string;
}

/** What a person must be told, word for word. */
interface Saying {
  what: string;
  form: (servers: Servers) => Form | Promise<Form>;
  isGood?: true;
  says: Readonly<Record<Language, RegExp>>;
}

interface Servers {
  typebot: Typebot;
  builder: Typebot;
  /** Something else. */
  shop: string;
}

const sayings: readonly Saying[] = [
  {
    what: 'ready',
    form: ({ typebot }) => ({ startUrl: typebot.publicUrl('greeting') }),
    isGood: true,
    says: {
      'en-US':
        /^Typebot answers, and the bot "greeting" is published\.\nWhich variables the bot knows cannot be asked\..*\.$/,
      ru: /^Typebot отвечает, бот «greeting» опубликован\.\nУзнать, какие переменные есть у бота, нельзя\..*\.$/,
    },
  },
  {
    what: 'a draft',
    form: ({ typebot }) => ({ startUrl: typebot.previewUrl('greeting'), token: typebot.token }),
    isGood: true,
    says: {
      'en-US': /^Typebot answers, and the draft of the bot can be tried\. Answers are not saved\.\nWhich/,
      ru: /^Typebot отвечает, черновик бота можно пробовать\. Ответы не сохраняются\.\nУзнать/,
    },
  },
  {
    what: 'closed',
    form: ({ typebot }) => ({ startUrl: typebot.publicUrl('closed') }),
    says: {
      'en-US': /^The bot is closed\. Open it in Typebot, or publish another one\.$/,
      ru: /^Бот закрыт\. Откройте его в Typebot или опубликуйте другого\.$/,
    },
  },
  ...['nobody', 'unpublished'].map((name): Saying => ({
    what: `not found: ${name}`,
    form: ({ typebot }) => ({ startUrl: `${typebot.origin}/${name}` }),
    says: {
      'en-US': new RegExp(
        `^There is no published bot with the name "${name}" there\\. Publish it in Typebot`,
      ),
      ru: new RegExp(`^Опубликованного бота с именем «${name}» там нет\\. Опубликуйте его в Typebot`),
    },
  })),
  ...[
    ['a server of one’s own', ({ builder }: Servers) => `${builder.origin}/greeting`] as const,
    ['the cloud', () => 'https://app.typebot.io/en/typebots/cm1abc/edit'] as const,
    ['the start address at the cloud', () => 'https://app.typebot.com/api/v1/typebots/a/startChat'] as const,
  ].map(([what, startUrl]): Saying => ({
    what: `the builder: ${what}`,
    form: (servers) => ({ startUrl: startUrl(servers) }),
    says: {
      'en-US': /^This is the address of Typebot's builder\. Copy the address from the Share page of the bot/,
      ru: /^Это адрес конструктора Typebot\. Скопируйте со страницы Share адрес/,
    },
  })),
  {
    what: 'no Typebot',
    form: ({ shop }) => ({ startUrl: `${shop}/my-bot` }),
    says: {
      'en-US':
        /^The server answers, but not as Typebot does\. Copy the address from the Share page of the bot\.$/,
      ru: /^Сервер отвечает, но не так, как Typebot\. Скопируйте адрес со страницы Share этого бота\.$/,
    },
  },
  {
    what: 'moved',
    form({ typebot }) {
      typebot.script('greeting', 'redirected');
      return { startUrl: typebot.publicUrl('greeting') };
    },
    says: {
      'en-US': /^The address of the bot leads on to https:\/\/typebot\.example\.com, and a message must not/,
      ru: /^Адрес бота перенаправляет на https:\/\/typebot\.example\.com, а сообщения нельзя/,
    },
  },
  {
    what: 'denied',
    form: ({ typebot }) => ({ startUrl: typebot.previewUrl('greeting'), token: 'MARKER-wrong-token' }),
    says: {
      'en-US': /^Typebot does not accept the token\. Only a draft needs one/,
      ru: /^Typebot не принимает токен\. Он нужен только для черновика/,
    },
  },
  {
    what: 'unreachable',
    form: async () => ({ startUrl: `http://127.0.0.1:${await findFreePort()}/my-bot` }),
    says: {
      'en-US': /^No usable answer came from Typebot \(ECONNREFUSED\)\. Check the address/,
      ru: /^От Typebot не пришло понятного ответа \(ECONNREFUSED\)\. Проверьте адрес/,
    },
  },
  {
    what: 'no bot',
    form: ({ typebot }) => ({ startUrl: typebot.origin }),
    says: {
      'en-US':
        /^The field “Address of the bot” is not right\. Needed: .+, for example https:\/\/typebot\.co\/my-bot$/,
      ru: /^Поле «Адрес бота» заполнено неверно\. Нужно: .+, например https:\/\/typebot\.co\/my-bot$/,
    },
  },
  {
    what: 'nothing',
    form: () => ({ startUrl: ' ' }),
    says: { 'en-US': /^Fill in the field “Address of the bot”\.$/, ru: /^Заполните поле «Адрес бота»\.$/ },
  },
];

describe('the Check connection button of typebot-bot', function () {
  const scene = useScene();
  let servers: Servers;
  let stop: (() => Promise<void>)[] = [];

  before(async () => {
    const typebot = await startTypebot();
    const builder = await startTypebot({ host: 'builder' });
    const shop = await listen((_request, response) => void response.end('<h1>Our web shop</h1>'));
    servers = { typebot, builder, shop: shop.origin };
    stop = [typebot.stop, builder.stop, shop.stop];
    // As the dialog asks for them before its first check.
    for (const language of languages) await fetch(`${scene.red.url}/locales/bitlane?lng=${language}`);
  });
  after(async () => {
    for (const end of stop) await end();
  });

  for (const { what, form, isGood = false, says } of sayings) {
    for (const language of languages) {
      it(`says ${what} in ${language}`, async () => {
        const { startUrl, token } = await form(servers);
        const response = await fetch(`${scene.red.url}/bitlane/typebot-bot/check?lng=${language}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ startUrl, credentials: { ...(token !== undefined && { token }) } }),
        });
        assert.equal(response.status, 200);
        const answer: unknown = await response.json();
        const message = textAt(answer, 'message') ?? '';
        assert.match(message, says[language]);
        assert.doesNotMatch(message, /typebot-bot\.|bitlane\.|__|&#|MARKER/);
        assert.equal(flagAt(answer, 'ok'), isGood);
      });
    }
  }

  it('has left no conversation and no result behind', () => {
    assert.deepEqual(servers.typebot.results, []);
    const answers = servers.typebot.requestsOf('start').map(({ answer }) => answer);
    assert.ok(answers.length > 0);
    assert.deepEqual(
      answers.flatMap((answer) => entriesAt(answer, 'messages')),
      [],
    );
  });
});
