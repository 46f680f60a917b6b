import { entriesAt, textAt } from '../../core/fields';
import { sameHost } from '../hub/bot-directory';
import { sameToken, type Envelope } from './envelope';

/** Decides whether an event was really sent by the portal that it names. */
export interface SenderTrust {
  accepts(envelope: Envelope): Promise<boolean>;
}

/** What was learned from the first event of a bot, kept durably. */
export interface Pin {
  token: string;
  memberId: string;
}

export interface PinStore {
  load(key: string): Promise<Pin | undefined>;
  /** Resolves with what counts from now on, once it would survive a power cut: another may have taught it first. */
  teach(key: string, pin: Pin): Promise<Pin>;
}

export interface WebhookTrustOptions {
  domain: () => string;
  /** From the portal node; with it nothing is learned. */
  applicationToken: string | undefined;
  /** The bots that the flows know on this portal, with their secrets. */
  bots: () => readonly { code: string; botToken: string | undefined }[];
  pins: PinStore;
}

const ANY_BOT = '*';

/**
 * A bot registered through a webhook comes without an installation, so nobody tells its application token in
 * advance: a v1 bot's is the CLIENT_ID it was registered with, a v2 bot's is learned from its first event and holds
 * from then on. Only bots that the flows know can teach one; a token learned once is never replaced by an event.
 */
export function createWebhookTrust(options: WebhookTrustOptions): SenderTrust {
  const { domain, applicationToken, bots, pins } = options;
  let learning: Promise<unknown> = Promise.resolve();

  const isOfOwnBot = ({ applicationToken: given }: Envelope): boolean => {
    const tokens = bots().flatMap(({ botToken }) => botToken ?? []);
    return tokens.filter((token) => sameToken(given, token)).length > 0;
  };

  const acceptsOrLearns = async (envelope: Envelope): Promise<boolean> => {
    const known = bots();
    const code =
      known.length === 0
        ? ANY_BOT
        : botCodesIn(envelope.data).find((one) => known.some((bot) => bot.code === one));
    if (code === undefined || envelope.applicationToken === '') return false;
    const claimed = { token: envelope.applicationToken, memberId: envelope.memberId };
    const pin = (await pins.load(code)) ?? (await pins.teach(code, claimed));
    return sameToken(claimed.token, pin.token) && claimed.memberId === pin.memberId;
  };

  return {
    async accepts(envelope) {
      if (!sameHost(envelope.domain, domain())) return false;
      if (applicationToken !== undefined) return sameToken(envelope.applicationToken, applicationToken);
      if (isOfOwnBot(envelope)) return true;
      // One at a time: two first events must not teach two tokens.
      const verdict = learning.then(() => acceptsOrLearns(envelope));
      learning = verdict.catch(() => undefined);
      return verdict;
    },
  };
}

/** What an event says of the bots it is for; a claim like everything in it. */
function botCodesIn(data: unknown): string[] {
  const ofV2 = textAt(data, 'bot', 'code');
  if (ofV2 !== undefined) return [ofV2];
  const owners = [...entriesAt(data, 'BOT'), ...entriesAt(data, 'COMMAND'), data];
  return owners.flatMap((owner) => textAt(owner, 'BOT_CODE') ?? []);
}
