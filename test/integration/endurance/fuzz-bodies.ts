import { startPortal, type Portal } from '../../../sandbox/bitrix24';
import { pick, randomText } from '../../unit/core/random';

/** A body as it could stand on the wire, and how it says that it is to be read. */
export interface GeneratedBody {
  type: 'form' | 'json' | 'fetched';
  text: string;
}

type Random = () => number;
type Pair = readonly [name: string, value: string];

/** Real bodies of every kind of event, in all the ways in which a portal tells them. */
export interface Shapes {
  forms: readonly (readonly Pair[])[];
  items: readonly unknown[];
}

export async function captureShapes(): Promise<Shapes> {
  const portal = await startPortal({ app: {} });
  try {
    await happen(portal);
    const bodies = portal.deliveries.flatMap(({ wire }) => (wire ? [portal.wireForm(wire).body] : []));
    const items = [...portal.state.bots.values()].flatMap((bot): unknown[] => bot.queue);
    return { forms: bodies.map(pairsOf), items };
  } finally {
    await portal.stop();
  }
}

async function happen(portal: Portal): Promise<void> {
  // Nobody listens there: only what is sent counts.
  const webhookUrl = 'http://127.0.0.1:1/in';
  const inits = [
    { code: 'one', api: 'v1', byApp: true, webhookUrl },
    { code: 'two', webhookUrl },
    { code: 'three' },
  ] as const;
  const bots = inits.map((init) =>
    portal.addBot({
      ...init,
      type: 'bot',
      supportsOpenChannels: true,
      commands: [{ command: init.code, extranet: true }],
    }),
  );
  const chat = portal.openChannel({ crm: { stored: true, deal: 9 } });
  const { message } = await portal.clientSays(chat, { text: 'hi "there" [b]x[/b]', files: [{}, {}] });
  if (!message) throw new Error('the client said nothing');
  await portal.edit(message, 'hello');
  await portal.reaction(message);
  await portal.context(chat, { page: { name: 'cart', items: [1, 2] } });
  for (const bot of bots) {
    await portal.clientSays(portal.privateChat(undefined, bot), 'psst');
    await portal.join(chat, bot);
    await portal.command(chat, { name: bot.code, params: '7' });
    await portal.clientSays(portal.groupChat({ bots: [bot] }), `[USER=${bot.id}]Helper[/USER], hello`);
  }
  await portal.delete(message);
  await portal.install({ handlerUrl: webhookUrl });
}

function pairsOf(body: string): Pair[] {
  return [...new URLSearchParams(body)];
}

const nastyTexts = [
  '',
  '0',
  '-1',
  '1e21',
  '9'.repeat(16),
  '9'.repeat(400),
  'null',
  '[object Object]',
  '__proto__',
  'constructor',
  'chat112',
  '[USER=55]'.repeat(40),
  '[disk=1]'.repeat(40),
  '|'.repeat(200),
  'LINES',
  'L',
  '\u0000\uFFFF\uD800',
  '😀'.repeat(20),
  '{"a":{"b":[1]}}',
  '{'.repeat(300),
  'a'.repeat(5000),
] as const;
const nastyKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'length',
  '0',
  '',
  '1000000000',
  'BOT',
  'PARAMS',
  'bot',
  'message',
] as const;

export function generateBody(random: Random, shapes: Shapes): GeneratedBody {
  const dice = random();
  if (dice < 0.45) return { type: 'form', text: changedForm(random, shapes) };
  if (dice < 0.6) return { type: 'form', text: scratched(random, changedForm(random, shapes)) };
  if (dice < 0.8) return { type: 'fetched', text: changedItem(random, shapes) };
  if (dice < 0.95) return { type: 'json', text: changedJson(random, shapes) };
  return { type: random() < 0.5 ? 'form' : 'json', text: noise(random) };
}

function changedForm(random: Random, { forms }: Shapes): string {
  const dropped = pick(random, [0, 0.5, 0.8, 0.9]);
  const pairs = anyOf(random, forms).filter(([name]) => isEssential(name) || random() >= dropped);
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change += 1) changePairs(random, pairs);
  return pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
}

function isEssential(name: string): boolean {
  return name === 'event' || name.startsWith('auth[') || name.endsWith('_ID]');
}

/** Lone surrogates cannot be percent-encoded, but can be sent as they are. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text;
}

function changePairs(random: Random, pairs: Pair[]): void {
  const place = Math.floor(random() * pairs.length);
  const [name, value] = pairs[place] ?? ['a', ''];
  const change = pick(random, ['value', 'key', 'drop', 'twice', 'deeper', 'shallower', 'added', 'list']);
  if (change === 'value') pairs[place] = [name, nastyText(random)];
  if (change === 'key') pairs[place] = [withOtherKey(random, name), value];
  if (change === 'drop') pairs.splice(place, 1 + Math.floor(random() * 8));
  if (change === 'twice') pairs.push([name, nastyText(random)]);
  if (change === 'deeper') pairs[place] = [name + '[x]'.repeat(1 + Math.floor(random() * 40)), value];
  if (change === 'shallower') pairs[place] = [name.replace(/\[[^\]]*\]$/, ''), value];
  if (change === 'added') pairs.push([`data[${pick(random, nastyKeys)}][${pick(random, nastyKeys)}]`, value]);
  if (change === 'list') pairs[place] = [`${name}[]`, value];
}

function withOtherKey(random: Random, name: string): string {
  const keys = name.split('[');
  const place = Math.floor(random() * keys.length);
  keys[place] = place === 0 ? pick(random, nastyKeys) : `${pick(random, nastyKeys)}]`;
  return keys.join('[');
}

function nastyText(random: Random): string {
  return random() < 0.8 ? pick(random, nastyTexts) : randomText(random, 'aZ09[]|=&%"\'\\ \u0416', 0, 60);
}

/** Bytes of the encoded body changed without any respect for its structure. */
function scratched(random: Random, text: string): string {
  const bytes = Buffer.from(text);
  for (let scratch = 0; scratch < 5; scratch += 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return bytes.toString('utf8');
}

function changedItem(random: Random, { items }: Shapes): string {
  return JSON.stringify(mutated(random, anyOf(random, items)));
}

function changedJson(random: Random, { items }: Shapes): string {
  const item = anyOf(random, items);
  const { type, data } = typeof item === 'object' && item !== null ? { type: '', data: {}, ...item } : {};
  const auth = { member_id: 'm1', domain: 'shop.bitrix24.com', application_token: 'app' };
  const text = JSON.stringify(mutated(random, { event: type, data, auth, ts: 1 }));
  if (random() < 0.05) return `${'{"data":'.repeat(2000)}${text}${'}'.repeat(2000)}`;
  if (random() < 0.1) return text.replace('{', '{"__proto__":{"polluted":1},');
  return random() < 0.2 ? scratched(random, text) : text;
}

const nastyValues = [null, true, false, 0, -1, 1.5, 1e21, [], {}, [[[]]], [null], 'x', ''] as const;

/** A copy in which a few values are of another type, gone, or under another name. */
function mutated(random: Random, value: unknown): unknown {
  if (random() < 0.02) return random() < 0.5 ? pick(random, nastyValues) : nastyText(random);
  if (Array.isArray(value)) return value.map((item: unknown) => mutated(random, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(() => random() > 0.01);
  return Object.fromEntries(
    entries.map(([key, item]: [string, unknown]) => [
      random() < 0.01 ? pick(random, nastyKeys) : key,
      mutated(random, item),
    ]),
  );
}

function noise(random: Random): string {
  const bytes = Buffer.from(
    Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * 256)),
  );
  return bytes.toString(random() < 0.5 ? 'utf8' : 'latin1');
}

function anyOf<T>(random: Random, choices: readonly T[]): T {
  const [first, ...rest] = choices;
  if (first === undefined) throw new Error('nothing was captured');
  return pick(random, [first, ...rest]);
}
