import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { at } from '../../lib/core/fields';
import { until } from '../support/until';
import { fromDialog, partsOf, useTypebotScene } from './typebot-scene';

describe('typebot-chat, when Typebot fails', () => {
  const scene = useTypebotScene();
  const codeOf = (message: object): unknown => at(message, 'error', 'code');
  /** A status is shown some time after the one before it. */
  const shows = (what: RegExp): Promise<void> =>
    until(() => what.test(inspect(at(scene.seen.statuses.at(-1), 'status'))), `the status ${String(what)}`);

  for (const [scenario, code] of [
    ['closed-old-shape', 'TYPEBOT_CLOSED'],
    ['timeout', 'TYPEBOT_TIMEOUT'],
    ['server-error', 'TYPEBOT_FAILED'],
    ['redirected', 'TYPEBOT_MOVED'],
    ['html-page', 'TYPEBOT_ADDRESS'],
    ['gateway-timeout', 'TYPEBOT_UNREACHABLE'],
  ] as const) {
    it(`hands ${scenario} to the Catch node, and answers the next message`, async () => {
      await scene.deploy();
      scene.typebot.script('greeting', scenario);
      const failed = await scene.ask(fromDialog(scenario, 'Hi'));
      assert.equal(codeOf(failed), code);
      assert.equal(failed.parts, undefined);
      await scene.ask(fromDialog(scenario, 'Hi'));
      assert.equal(scene.seen.out.length, 1);
    });
  }

  it('shows the failure, until a message goes well', async () => {
    await scene.deploy();
    scene.typebot.script('greeting', 'server-error');
    await scene.ask(fromDialog('status', 'Hi'));
    await shows(/red.*TYPEBOT_FAILED/s);
    await scene.ask(fromDialog('status', 'Hi'));
    await shows(/green/);
  });

  for (const [bot, code] of [
    ['closed', 'TYPEBOT_CLOSED'],
    ['suspended', 'TYPEBOT_CLOSED'],
    ['unpublished', 'TYPEBOT_NOT_FOUND'],
    ['endless-replies', 'TYPEBOT_LOOP'],
    ['endless-flow', 'TYPEBOT_TIMEOUT'],
  ] as const) {
    it(`tells of the bot ${bot}`, async () => {
      await scene.deploy({}, { bot });
      assert.equal(codeOf(await scene.ask(fromDialog(bot, 'Hi'))), code);
    });
  }

  it('does not say again what may have been taken, and goes on with the next message', async () => {
    await scene.deploy();
    await scene.ask(fromDialog('lost answer', 'Hi'));
    scene.typebot.script('greeting', 'answer-lost');
    const calls = scene.typebot.requestsOf('continue').length;
    const failed = await scene.ask(fromDialog('lost answer', 'a chair'));
    assert.equal(codeOf(failed), 'TYPEBOT_UNCERTAIN');
    assert.equal(scene.typebot.requestsOf('continue').length, calls + 1);
    const next = await scene.ask(fromDialog('lost answer', 'a table'));
    assert.equal(scene.seen.out.at(-1), next);
    assert.equal(scene.typebot.sessionOf('greeting').state.variables['WISH'], 'a table');
  });

  for (const onFailure of ['say', 'operator'] as const) {
    it(`says the sentence it is given, with ${onFailure}, and the flow goes on`, async () => {
      await scene.deploy({ onFailure, failureText: 'One moment please' }, { bot: 'closed' });
      const out = await scene.ask(fromDialog(onFailure, 'Hi'));
      assert.equal(out.payload, 'One moment please');
      assert.deepEqual(out.parts, [{ type: 'text', text: 'One moment please', format: 'plain' }]);
      assert.deepEqual(out.failure, { code: 'TYPEBOT_CLOSED' });
      assert.deepEqual(out.handOver, onFailure === 'operator' ? { reason: 'TYPEBOT_CLOSED' } : undefined);
      assert.equal(scene.seen.caught.length, 0);
      await shows(/red.*TYPEBOT_CLOSED/s);
      assert.match(inspect(scene.logged(), { depth: 6 }), /startChat: 400 BAD_REQUEST: Back on Monday/);
    });
  }

  it('says nothing of its own without a sentence: a Catch node is told, an operator comes all the same', async () => {
    await scene.deploy({ onFailure: 'say', failureText: ' ' }, { bot: 'closed' });
    assert.equal(codeOf(await scene.ask(fromDialog('no sentence', 'Hi'))), 'TYPEBOT_CLOSED');
    await scene.unload();
    await scene.deploy({ onFailure: 'operator', failureText: '' }, { bot: 'closed' });
    const out = await scene.ask(fromDialog('no sentence', 'Hi'));
    assert.deepEqual([out.payload, out.parts], ['', []]);
    assert.deepEqual(out.handOver, { reason: 'TYPEBOT_CLOSED' });
  });

  for (const [failureTextType, failureText, sentence] of [
    [
      'jsonata',
      'bitrix.language = "ru" ? "Минутку, пожалуйста." : "One moment please."',
      'Минутку, пожалуйста.',
    ],
    ['msg', 'sorry', 'of the flow'],
    ['msg', 'payload', 'Hi'],
    ['str', 'msg.sorry', 'msg.sorry'],
  ] as const) {
    it(`says what ${failureTextType} ${failureText} gives`, async () => {
      await scene.deploy({ onFailure: 'say', failureText, failureTextType }, { bot: 'closed' });
      const asked = fromDialog('chosen sentence', 'Hi', { language: 'ru' });
      const out = await scene.ask({ ...asked, sorry: 'of the flow' });
      assert.deepEqual(out.parts, [{ type: 'text', text: sentence, format: 'plain' }]);
      assert.equal(scene.seen.caught.length, 0);
    });
  }

  it('warns of a sentence that breaks, and fails as without one', async () => {
    const broken = { failureText: '$error("no words")', failureTextType: 'jsonata' };
    await scene.deploy({ onFailure: 'say', ...broken }, { bot: 'closed' });
    assert.equal(codeOf(await scene.ask(fromDialog('broken sentence', 'Hi'))), 'TYPEBOT_CLOSED');
    assert.match(inspect(scene.logged(), { depth: 6 }), /no words/);
    await scene.unload();
    await scene.deploy({ onFailure: 'operator', ...broken }, { bot: 'closed' });
    const out = await scene.ask(fromDialog('broken sentence', 'Hi'));
    assert.deepEqual([out.parts, out.handOver], [[], { reason: 'TYPEBOT_CLOSED' }]);
    assert.match(inspect(scene.logged(), { depth: 6 }), /no words/);
  });

  it('reads no sentence that it will not say', async () => {
    const unused = { failureText: '$error("no words")', failureTextType: 'jsonata' };
    await scene.deploy({ onFailure: 'error', ...unused }, { bot: 'closed' });
    assert.equal(codeOf(await scene.ask(fromDialog('unused sentence', 'Hi'))), 'TYPEBOT_CLOSED');
    assert.doesNotMatch(inspect(scene.logged(), { depth: 6 }), /no words/);
  });

  for (const onFailure of ['error', 'say'] as const) {
    it(`gives what the bot had said before it failed, with ${onFailure}`, async () => {
      await scene.deploy({ onFailure, failureText: 'Sorry' }, { bot: 'pause' });
      scene.typebot.script('pause', {
        on: 'continue',
        refuse: { status: 500, message: 'Internal server error' },
      });
      const out = await scene.ask(fromDialog(`half ${onFailure}`, 'Hi'));
      const texts = partsOf(out, 'text').map((part) => at(part, 'text'));
      assert.deepEqual(texts, onFailure === 'say' ? ['One.', 'Sorry'] : ['One.']);
      const next = await scene.ask(fromDialog(`half ${onFailure}`, 'Hello?'));
      assert.match(String(next.payload), /Two/);
    });
  }

  it('warns of a step that failed inside the bot, and says what the bot says', async () => {
    await scene.deploy({}, { bot: 'logs' });
    const out = await scene.ask(fromDialog('logs', 'Hi'));
    assert.match(String(out.payload), /I could not look that up\./);
    assert.deepEqual(at(out, 'typebot', 'logs'), [{ status: 'error', description: 'OpenAI API error' }]);
    assert.match(inspect(scene.logged(), { depth: 6 }), /a step of the bot has failed/);
  });

  for (const [what, settings, options, code] of [
    ['no bot', { bot: '' }, {}, 'CONFIG_MISSING'],
    ['an address that is none', {}, { bot: 'https://app.typebot.io/typebots/abc/edit' }, 'CONFIG_UNUSABLE'],
    ['a private address', {}, { bot: 'https://10.0.0.5/bot' }, 'CONFIG_UNUSABLE'],
    ['a variable that is not set', {}, { bot: '${NOBODY_HAS_SET_THIS}' }, 'CONFIG_UNUSABLE'],
    ['a time limit that is none', {}, { config: { timeoutSeconds: 'soon' } }, 'CONFIG_UNUSABLE'],
    ['a pause that is too long', { maxWaitSeconds: 61 }, {}, 'CONFIG_INVALID'],
  ] as const) {
    it(`stays in the flow and says so with ${what}`, async () => {
      await scene.deploy(settings, options);
      assert.equal(codeOf(await scene.ask(fromDialog('config', 'Hi'))), code);
    });
  }

  it('gives up after the time that its bot is given', async () => {
    await scene.deploy({}, { config: { timeoutSeconds: 1 } });
    scene.typebot.script('greeting', 'no-answer');
    assert.equal(codeOf(await scene.ask(fromDialog('slow', 'Hi'))), 'TYPEBOT_TIMEOUT');
  });
});
