import assert from 'node:assert/strict';
import type { Bot, Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appNode, botNode, portalNode } from './flow-parts';
import { botOn, type Scene } from './scene';

const app = { clientId: 'local.bitlane', clientSecret: 'secret-of-the-app' };

export interface Place {
  readonly portal: PortalOptions;
  flow(portal: object, bot: object): object[];
  /** Before each test, on a portal that is ready. */
  arrive(portal: Portal, bot: Bot): void;
}

/** The same tests through a webhook and an app, with a bot of either generation. */
export function throughEveryWay(scene: Scene, place: Place, tests: () => void): void {
  for (const way of ['a webhook', 'an app'] as const) {
    for (const apiVersion of ['v1', 'v2'] as const) {
      describe(`through ${way}, with a bot of ${apiVersion}`, function () {
        let portal: Portal;

        before(async () => {
          portal = await (way === 'an app' ? installApp : useWebhook)(scene, place, apiVersion);
        });
        beforeEach(() => {
          const bot = botOn(portal);
          assert.equal(bot.api, apiVersion);
          place.arrive(portal, bot);
          scene.watch.clear();
        });
        tests();
      });
    }
  }
}

async function useWebhook(scene: Scene, place: Place, apiVersion: string): Promise<Portal> {
  const portal = await scene.portal(place.portal);
  await scene.deployReady(place.flow(portalNode(portal), botNode(scene.red.url, { apiVersion })));
  return portal;
}

async function installApp(scene: Scene, place: Place, apiVersion: string): Promise<Portal> {
  const authServer = await scene.authServer();
  const installUrl = scene.eventsUrl;
  const portal = await scene.portal({
    ...place.portal,
    authServer,
    app: { ...app, installed: false, installUrl },
  });
  const portalOfApp = appNode({ authHosts: [authServer.host], plan: 'enterprise', credentials: app });
  await scene.deploy(place.flow(portalOfApp, botNode(scene.red.url, { apiVersion, credentials: {} })));
  await portal.install();
  await until(() => portal.state.bots.size > 0, 'the bot');
  await portal.settled();
  return portal;
}
