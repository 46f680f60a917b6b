import assert from 'node:assert/strict';
import type { AuthServer, OpeningOptions, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appNode, botFlow, botNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { botOn, useScene, type Scene } from '../bitrix24-nodes/scene';
import { openPage, type OpenPage } from './visitor';

const app = { clientId: 'local.bitlane-page', clientSecret: 'marker-client-secret-of-the-page' };
export const help = { command: 'help', title: { en: 'Help', ru: 'Помощь' }, params: {} };

/** A real Node-RED with one bot of an app, and a portal that has installed it. */
export interface PageScene {
  readonly scene: Scene;
  readonly auth: AuthServer;
  readonly portal: Portal;
  /** Of another app, on another portal. */
  readonly stranger: Portal;
  readonly strangersAuth: AuthServer;
  /** With changes to the bot's node. */
  deploy(bot?: Changes): Promise<void>;
  open(options?: OpeningOptions): Promise<OpenPage>;
  nameOnPortal(): string | undefined;
  commandsOnPortal(): string[];
  /** That no page, answer, log or status has shown a token or a bearer. */
  assertNothingSecret(): void;
}

export function usePageScene(): PageScene {
  const scene = useScene({ logLevel: 'trace' });
  const secrets: string[] = [app.clientSecret];
  const pages: OpenPage[] = [];
  let there: { auth: AuthServer; strangersAuth: AuthServer; portal: Portal; stranger: Portal } | undefined;
  const now = (): NonNullable<typeof there> => there ?? assert.fail('the portals are not started');

  const newPortal = (authServer: AuthServer, card: object): Promise<Portal> =>
    scene.portal({ authServer, app: { ...card, installed: false, installUrl: scene.eventsUrl } });

  async function newAuthServer(): Promise<AuthServer> {
    const server = await scene.authServer();
    server.grants.onSecret((secret) => void secrets.push(secret));
    return server;
  }

  const deploy = (bot: Changes = {}): Promise<void> =>
    scene.deploy(
      botFlow(
        appNode({
          authHosts: [now().auth.host, now().strangersAuth.host],
          plan: 'enterprise',
          credentials: app,
        }),
        botNode(scene.red.url, { credentials: {}, commands: [help], ...bot }),
      ),
    );

  before(async () => {
    const [auth, strangersAuth] = [await newAuthServer(), await newAuthServer()];
    const portal = await newPortal(auth, app);
    const stranger = await newPortal(strangersAuth, { clientId: 'local.another', clientSecret: 'x' });
    there = { auth, strangersAuth, portal, stranger };
    await deploy();
    await portal.install();
    await until(() => portal.state.bots.size === 1, 'the bot');
    await until(() => portal.state.commands.size === 1, 'its command');
    await until(() => portal.state.bindings.length === 2, 'the wish to hear of the removal');
  });

  return {
    scene,
    get auth() {
      return now().auth;
    },
    get portal() {
      return now().portal;
    },
    get stranger() {
      return now().stranger;
    },
    get strangersAuth() {
      return now().strangersAuth;
    },
    deploy,
    async open(options) {
      const page = await openPage(now().portal, scene.eventsUrl, options);
      pages.push(page);
      return page;
    },
    nameOnPortal: () => now().portal.state.users.get(botOn(now().portal).id)?.name,
    commandsOnPortal: () => [...now().portal.state.commands.values()].map(({ name }) => name),
    assertNothingSecret() {
      assert.ok(secrets.length > 4 && pages.length > 0);
      const log = scene.red.log.join('\n');
      const statuses = JSON.stringify(scene.watch.statuses);
      const seen = pages.flatMap(({ html, answers }) => [html, ...answers.map(({ text }) => text)]);
      const shown = [...seen, log, statuses].join('\n');
      for (const secret of secrets) assert.ok(!shown.includes(secret), 'a secret is shown');
      for (const { bearer } of pages) assert.ok(!log.includes(bearer), 'a bearer is in the log');
    },
  };
}
