import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { at, textAt } from '../../../lib/core/fields';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { until } from '../../support/until';
import { endNode } from '../bitrix24-nodes/flow-parts';
import { useScene } from '../bitrix24-nodes/scene';
import { logBot, marker, repeating } from './markers';

const onCanvas = { z: 'tab', x: 100, y: 100 };

describe('marker secrets in a conversation with Typebot, in a real Node-RED', function () {
  const scene = useScene({ logLevel: 'trace' });
  let typebot: Typebot;
  const dialog = (dialogId: string, text: string): object => ({
    payload: text,
    inputs: { MESSAGE: marker.text, FIRST_NAME: marker.variable, access_token: marker.accessToken },
    bitrix: { kind: 'message', portal: { memberId: 'm1' }, bot: { id: 7, code: 'helper' }, dialogId, text },
  });

  before(async () => {
    typebot = await startTypebot();
    typebot.addBot(logBot);
  });
  afterEach(() => {
    typebot.clearScripts();
    typebot.always('greeting', undefined);
  });
  after(() => typebot.stop());

  async function deploy(settings: object, bot = 'greeting'): Promise<void> {
    const startUrl = typebot.publicUrl(bot);
    await scene.deploy([
      { id: 'tab', type: 'tab', label: 'bot' },
      { id: 'bot', type: 'typebot-bot', name: 'mine', startUrl, credentials: { token: marker.token } },
      { id: 'chat', ...onCanvas, type: 'typebot-chat', bot: 'bot', wires: [['said']], ...settings },
      { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
      ...['said', 'caught'].map(endNode),
    ]);
  }

  /** Sends, and waits for what comes of it. */
  async function ask(message: object, outcome: 'said' | 'caught'): Promise<unknown> {
    const before = scene.watch.heard(outcome).length;
    scene.send('chat', message);
    await until(() => scene.watch.heard(outcome).length > before, `a message at ${outcome}`);
    return scene.watch.heard(outcome).at(-1);
  }

  const show = (value: unknown): string =>
    inspect(value, { depth: 12, maxStringLength: null, maxArrayLength: null });

  /** All that somebody can see who looks at this Node-RED, and not into the messages of the flow. */
  function assertHidden(...more: readonly string[]): void {
    const messages = scene.watch.messages.flatMap((message) => [
      at(message, 'error'),
      at(message, 'failure'),
      at(message, 'typebot', 'logs'),
    ]);
    const seen = [show(scene.watch.statuses), show(messages), scene.red.log.join('\n')].join('\n');
    assert.match(seen, /Typebot/);
    for (const secret of [...Object.values(marker), ...more]) assert.ok(!seen.includes(secret), secret);
  }

  for (const { what, with: fault } of repeating) {
    it(`are not shown when Typebot throws them back ${what}`, async () => {
      await deploy({});
      await ask(dialog(what, 'Hi'), 'said');
      typebot.script('greeting', fault, fault);
      const failed = await ask(dialog(what, marker.text), 'caught');
      assert.match(textAt(failed, 'error', 'code') ?? '', /^TYPEBOT_/);
      assertHidden(typebot.sessionOf('greeting').id);
      typebot.clearScripts();
      await deploy({ onFailure: 'say', failureText: 'Sorry' });
      typebot.script('greeting', fault, fault);
      await ask(dialog(`fresh ${what}`, marker.text), 'said');
      await until(() => /TYPEBOT_|Typebot/.test(show(scene.watch.statuses)), 'the failure in the status');
      assertHidden();
    });
  }

  it('are not shown when the bot writes them into its logs', async () => {
    await deploy({}, logBot.name);
    const said = await ask(dialog('logs', marker.text), 'said');
    assert.match(textAt(said, 'payload') ?? '', /Whatever/);
    assert.match(scene.red.log.join('\n'), /the mail could not be sent/);
    assertHidden();
  });

  it('are not shown by the Check connection button', async () => {
    for (const { what, with: fault } of repeating) {
      typebot.always('greeting', fault);
      const form = { startUrl: typebot.publicUrl('greeting'), credentials: { token: marker.token } };
      const { ok, text } = await scene.act('typebot-bot', 'check', form);
      assert.equal(ok, false, what);
      assert.ok(!text.includes(marker.token), `${what}: ${text}`);
    }
  });

  it('are not on the disk, where the conversation is', async () => {
    await deploy({});
    await ask(dialog('disk', 'Hi'), 'said');
    const { id } = typebot.sessionOf('greeting');
    const folder = join(scene.red.userDir, 'bitlane');
    const bytes = (): Buffer =>
      Buffer.concat(
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
      );
    await until(() => bytes().includes(id), 'the session on the disk');
    for (const secret of [...Object.values(marker), 'What can I do'])
      assert.ok(!bytes().includes(secret), secret);
  });
});
