import type { Bot, Chat, Portal } from '../bitrix24';
import type { Line } from '../bitrix24/state';
import { clientName } from './cast';
import { lineIdOf, type ChannelPlan } from '../channels';

/** An Open Channel with one client in it. */
export interface Channel {
  /** The bot's code, and the channel's name in addresses. */
  readonly code: string;
  readonly title: string;
  /** The shipped flow that answers; undefined for a bot that somebody has made. */
  readonly flow: string | undefined;
  readonly chat: Chat;
  /** As soon as its flow has registered it. */
  bot(): Bot | undefined;
  /** Before the client speaks: whose turn it is then depends on the bots that are there. */
  settle(): void;
}

export interface Channels {
  /** The planned ones, and one for each further bot that has been registered since. */
  list(): readonly Channel[];
}

/** Olga, one of the operators that every portal here has. */
export const operatorId = 7;

export function openChannels(portal: Portal, plans: readonly ChannelPlan[]): Channels {
  const channels = plans.map((plan, place) => channelOf(portal, lineIdOf(place), plan));
  return {
    list() {
      for (const { code, id } of portal.state.bots.values()) {
        if (channels.some((channel) => channel.code === code)) continue;
        const lineId = lineIdOf(channels.length);
        const title = portal.state.users.get(id)?.name ?? code;
        addLine(portal, lineId, title);
        channels.push(channelOf(portal, lineId, { code, title, flow: undefined }));
      }
      return channels;
    },
  };
}

/** With one client, who writes for the first time. */
function channelOf(portal: Portal, lineId: number, named: Pick<Channel, 'code' | 'title' | 'flow'>): Channel {
  const client = clientName(portal);
  const chat = portal.openChannel({ lineId, client, session: 'none', connector: 'livechat' });
  const bot = (): Bot | undefined => [...portal.state.bots.values()].find(({ code }) => code === named.code);
  return {
    ...named,
    chat,
    bot,
    settle() {
      const line = portal.state.lines.get(lineId);
      if (line) line.welcomeBot = bot()?.id ?? 'none';
    },
  };
}

function addLine(portal: Portal, id: number, name: string): void {
  const [like] = portal.state.lines.values();
  if (like) portal.state.lines.set(id, { ...like, ...ownLine(id, name) });
}

/** The lines of the portal, for its start. */
export const linesOf = (plans: readonly ChannelPlan[]): OwnLine[] =>
  plans.map(({ title }, place) => ownLine(lineIdOf(place), title));

type OwnLine = Pick<Line, 'id' | 'name' | 'botJoin' | 'welcomeBot' | 'operators'>;

function ownLine(id: number, name: string): OwnLine {
  return { id, name, botJoin: 'always', welcomeBot: 'none', operators: [operatorId] };
}
