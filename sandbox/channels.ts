/** The Open Channels of `npm start`: one for each bot of the shipped flows, so that all of them can be on. */
export interface ChannelPlan {
  /** The bot's code, and the channel's name in addresses. */
  readonly code: string;
  readonly title: string;
  /** The shipped flow that answers; its own bot gets this code. */
  readonly flow: string;
  /** The flow calls a person at the word that the model tells its clients of. */
  readonly callsOperator?: true;
}

export const channelPlans: readonly ChannelPlan[] = [
  {
    ...{ code: 'helper', title: 'BitBot connector: Dify chatflow', flow: 'BitBot/4 BitBot connector.json' },
    callsOperator: true,
  },
  { code: 'guide', title: 'BitBot connector: Typebot', flow: 'BitBot/4 BitBot connector.json' },
  { code: 'worker', title: 'BitBot connector: Dify workflow', flow: 'BitBot/4 BitBot connector.json' },
  { code: 'echo', title: 'Echo bot', flow: 'BitBot/0 Echo bot.json' },
  { code: 'chatflow', title: 'Dify chatflow bot', flow: 'BitBot/1 Dify chatflow bot.json' },
  { code: 'workflow', title: 'Dify workflow bot', flow: 'BitBot/2 Dify workflow bot.json' },
  { code: 'typebot', title: 'Typebot bot', flow: 'BitBot/3 Typebot bot.json' },
  { code: 'handover', title: 'Hand over to an operator', flow: 'BitBot/5 Hand over to an operator.json' },
  { code: 'files', title: 'Files', flow: 'Bitrix24/2 Files.json' },
];

/** Ids of lines that the stand-in has by itself are smaller. */
const firstLine = 10;

export const lineIdOf = (place: number): number => firstLine + place;

export const planOfLine = (plans: readonly ChannelPlan[], lineId: number): ChannelPlan | undefined =>
  plans[lineId - firstLine];
