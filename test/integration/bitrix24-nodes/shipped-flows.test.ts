import assert from 'node:assert/strict';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { lookAtFiles, png } from './file-flow';
import { lookAtLine } from './openline-flow';
import { answered, botOn, say, useScene } from './scene';
import { setVariables, shippedFlow } from './shipped';

describe('a shipped flow in a real Node-RED', () => {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;
  const place = (): { portal: Portal; chat: Chat } => ({ portal, chat });
  const { operator, seen } = lookAtLine(scene, place);
  const { filesInChat } = lookAtFiles(scene, place);

  describe('BitBot / 5 Hand over to an operator', function () {
    let forget = (): void => undefined;

    before(async () => {
      // The bot stays in the dialog; in the second line nobody is free.
      const lines = [
        { id: 3, botLeft: 'close' as const },
        { id: 5, botLeft: 'close' as const, operators: [] },
      ];
      portal = await scene.portal({ plan: 'enterprise', lines });
      forget = setVariables(scene, portal);
      await scene.deployReady(shippedFlow('BitBot/5 Hand over to an operator.json'), ['bitlane-bot']);
      bot = botOn(portal);
    });
    after(() => forget());
    beforeEach(() => {
      chat = portal.openChannel({ bots: [bot] });
    });

    const said = 'One moment please, a colleague will answer you.';
    const asked = 'The client has asked for a person.';

    for (const [how, text, note] of [
      ['a word', 'Operator!', asked],
      ['a word in Russian', 'ОПЕРАТОР', asked],
      ['a button', 'Call an operator', asked],
      ['a failure of the bot', 'break', /^The bot could not answer: .*asked to break/],
    ] as const) {
      it(`${how} brings a person in`, async () => {
        await say(portal, chat, 'hello');
        await answered(portal, chat, 1);
        await say(portal, chat, text);
        await until(() => typeof operator() === 'number', 'a person');
        const [answer, ...later] = seen();
        assert.match(answer?.[0] ?? '', /^You wrote: hello[^]*Call an operator/);
        assert.deepEqual(
          later.map(([, reaches]) => reaches),
          [true, false],
        );
        assert.equal(later[0]?.[0], said);
        if (typeof note === 'string') assert.equal(later[1]?.[0], note);
        else assert.match(later[1]?.[0] ?? '', note);
      });
    }

    it('the bot is quiet until the client asks for it', async () => {
      chat = portal.openChannel({ bots: [bot], lineId: 5 });
      await say(portal, chat, 'operator');
      await until(() => operator() === 'queue', 'the queue');
      await say(portal, chat, 'thank you');
      await say(portal, chat, 'Бот!');
      const texts = await answered(portal, chat, 3);
      assert.match(texts[2] ?? '', /^You wrote: Бот!/);
    });
  });

  it('Bitrix24 / 2 Files describes what is sent, and sends what is said', async function () {
    portal = await scene.portal({ plan: 'enterprise' });
    const forget = setVariables(scene, portal);
    try {
      await scene.deployReady(shippedFlow('Bitrix24/2 Files.json'), ['bitlane-bot']);
      bot = botOn(portal);
      chat = portal.openChannel({ bots: [bot] });
      await say(portal, chat, { files: [{ name: 'photo.png', bytes: png }, { name: 'a.txt' }] });
      await until(() => filesInChat().length === 1, 'the answer');
      await say(portal, chat, 'hello');
      await until(() => filesInChat().length === 2, 'the file');
      assert.deepEqual(filesInChat(), [
        [
          undefined,
          `Thank you, I have got\nphoto.png: image/png, ${png.length} bytes\na.txt: text/plain, 16 bytes`,
        ],
        ['what you wrote.txt', 'hello'],
      ]);
    } finally {
      forget();
    }
  });
});
