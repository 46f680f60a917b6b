import { isMap } from '../../../sandbox/shared/params';
import {
  createAppInstaller,
  createPortalAddresses,
  type AppInstaller,
  type AppRequest,
  type InstallOutcome,
  type PortalAddressRules,
} from '../../../lib/bitrix24/oauth';
import type { Handler, Started } from '../sandbox-portal/support';
import { lastRequest, openScene, type Scene } from './support';

export interface InstallScene extends Scene {
  handler: Handler;
  installer: AppInstaller;
}

export async function installScene(start: Started, rules: PortalAddressRules = {}): Promise<InstallScene> {
  const handler = await start.handler();
  const scene = await openScene(start, { installUrl: handler.url, installed: false });
  const addresses = createPortalAddresses({ loopbackPortals: true, ...rules });
  return { ...scene, handler, installer: createAppInstaller({ ...scene, addresses }) };
}

export async function installed(scene: InstallScene): Promise<InstallOutcome> {
  await scene.portal.install();
  return scene.installer.receive(lastRequest(scene.handler));
}

export function reasonOf(outcome: InstallOutcome): string {
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
}

export function mapOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}

export function withAuth({ query, body }: AppRequest, change: Readonly<Record<string, string>>): AppRequest {
  const whole = mapOf(body);
  return { query, body: { ...whole, auth: { ...mapOf(whole['auth']), ...change } } };
}
