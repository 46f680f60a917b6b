import type { Portal, PortalHub } from '../hub/hub';

/** What a portal is called in keys. A webhook learns the permanent id late, and a key must not change its name. */
export function placeOf({ kind }: Pick<PortalHub, 'kind'>, { memberId, domain }: Portal): string {
  return kind === 'app' ? (memberId ?? domain) : domain;
}
