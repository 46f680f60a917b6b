import assert from 'node:assert/strict';
import { startAuthServer, startPortal, type AuthServer, type Portal } from '../../../sandbox/bitrix24';
import { waitUntil } from '../../e2e/support/wait-until';
import { createNodeRedProcess, type NodeRedProcess } from '../../faults/node-red-process';
import { until } from '../../support/until';
import { appNode, botFlow, botNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say } from '../bitrix24-nodes/scene';
import { openPage } from './visitor';

const app = { clientId: 'local.bitlane-restart', clientSecret: 'marker-client-secret' };

describe('what was changed inside the portal, when Node-RED dies and comes back', function () {
  let auth: AuthServer;
  let portal: Portal;
  let nodeRed: NodeRedProcess;
  let eventsUrl: string;

  before(async () => {
    auth = await startAuthServer();
    nodeRed = await createNodeRedProcess({});
    eventsUrl = `${nodeRed.url}/bitrix24/events`;
    const card = { ...app, installed: false, installUrl: eventsUrl };
    portal = await startPortal({ limits: 'off', authServer: auth, app: card });
    await nodeRed.start();
    await nodeRed.deploy(
      botFlow(
        appNode({ authHosts: [auth.host], credentials: app }),
        botNode(nodeRed.url, { credentials: {} }),
      ),
    );
    await waitUntil('the address of the node', async () => (await fetch(eventsUrl)).ok);
    assert.equal((await portal.install()).status, 200);
    await until(() => portal.state.bots.size === 1, 'the bot');
  });
  after(async () => {
    await nodeRed.remove();
    await portal.stop();
    await auth.stop();
  });

  const nameOnPortal = (): string | undefined => portal.state.users.get(botOn(portal).id)?.name;

  it('is there as it was, and so is the page that somebody has open', async () => {
    const page = await openPage(portal, eventsUrl);
    const commands = [{ name: 'price', titles: { en: 'Prices', de: 'Preise' }, params: {} }];
    assert.equal((await page.save({ name: 'Anna', commands })).status, 200);
    assert.equal((await page.ask({ action: 'switch', code: 'helper', isOn: false })).status, 200);

    // The very moment after the answer.
    nodeRed.kill9();
    await nodeRed.ended();
    const user = portal.state.users.get(botOn(portal).id);
    Object.assign(user ?? {}, { name: 'Somebody', firstName: 'Somebody' });
    portal.state.commands.clear();
    await nodeRed.start();
    await until(() => nameOnPortal() === 'Anna', 'the name');
    await until(() => portal.state.commands.size === 1, 'the command');
    const [command] = portal.state.commands.values();
    assert.deepEqual([command?.name, command?.title], ['price', { en: 'Prices', de: 'Preise' }]);

    const bot = await page.bot();
    assert.deepEqual([bot.name, bot.isOn], ['Anna', false]);

    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, chat, 'off');
    await page.ask({ action: 'switch', code: 'helper', isOn: true });
    await say(portal, chat, 'on');
    await until(() => answersIn(portal, chat).length > 0, 'an answer');
    assert.deepEqual(answersIn(portal, chat), ['on']);
  });
});
