/** What opens a portal's REST: the secret address of a webhook, or the tokens of an app. */
export interface Credential {
  /** Where methods are called; ends with a slash. For a webhook it holds the secret. Changes when the portal moves. */
  base(): URL;
  /** What goes into the body of every call. Waits for a renewal that is under way. */
  fields(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * The portal said that what `fields` gave is over. True: there is something newer, durably saved, so the call may
   * be made once more. However many calls ask at once, the auth server is asked once.
   */
  renew(used: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<boolean>;
  /**
   * Whether our portal (the same member_id) lives at this origin now, told by somebody we trust: for an app the auth
   * server, by the `client_endpoint` of its token answer or of `app.info`. Nothing secret may go to the origin itself.
   * Left out where there is no such proof, as for a webhook: then a portal that has moved is an error for a person.
   */
  proveSameness?(origin: string): Promise<boolean>;
  /** The portal answers from another origin now, and has proved that it is the same. Saved before it is used. */
  moveTo(origin: string): Promise<void>;
}

/** The tokens of an app on one portal. */
export interface PortalTokens {
  memberId: string;
  domain: string;
  clientEndpoint: string;
  serverEndpoint: string;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  scope: string;
  status: string;
  userId: number | null;
  applicationToken: string;
  /** When a refresh last succeeded, or the installation: idle portals are refreshed well before 180 days. */
  renewedAt: number;
  /** Another one with each installation. Records of older versions have none. */
  installation?: string;
}

/** Keeps tokens durably: what `save` was told is on disk when it resolves. */
export interface TokenVault {
  load(memberId: string): Promise<PortalTokens | undefined>;
  save(tokens: PortalTokens): Promise<void>;
  remove(memberId: string): Promise<void>;
  list(): Promise<string[]>;
  /**
   * Leave to get a new pair for the portal, for one at a time among all who share the vault; none while somebody else
   * has it. Left out where nobody shares it.
   */
  leaveToRenew?(memberId: string): Promise<RenewalLeave | undefined>;
}

export interface RenewalLeave {
  /** Rejects while the vault is away, and can be called again then. */
  giveBack(): Promise<void>;
}
