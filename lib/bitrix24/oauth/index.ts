export { createAppCredential, type AppCredentialOptions } from './app-credential';
export { createAuthHosts, publicAuthHosts, type AuthHosts } from './auth-hosts';
export { createAuthServerClient, type AuthServerClient, type AuthServerOptions } from './auth-server';
export {
  createAuthorizationLinks,
  type AuthorizationLinkOptions,
  type AuthorizationLinks,
} from './authorization-links';
export { createFrameCheck, type FrameCheckOptions, type FrameOutcome, type FrameVisit } from './frame';
export type { InstallOutcome, InstallRefusal, RefusedInstall } from './install-outcome';
export { installPageHtml, type InstallPage } from './install-page';
export { appRequestKind, type AppRequest, type AppRequestKind } from './install-request';
export { createAppInstaller, type AppInstaller, type AppInstallerOptions } from './installer';
export {
  createKeepAlive,
  keepAliveDaily,
  type DailyKeepAliveOptions,
  type KeepAliveOptions,
  type KeepAliveOutcome,
} from './keep-alive';
export { createPortalAddresses, type PortalAddresses, type PortalAddressRules } from './portal-addresses';
