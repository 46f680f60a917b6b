import { scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { botsOfLine } from './chats';
import { idOf, isMap, mapOf, textOf, type Params } from '../shared/params';
import { refusal } from './refusal';
import type { Line, PortalState } from './state';

type LineFields = Readonly<Record<string, unknown>>;

const usualPage = 50;
const longestPage = 200;

export function lineMethods({ state }: PortalCore): MethodTable {
  return scoped(['imopenlines'], {
    'imopenlines.config.list.get': { run: (call) => list(state, call) },
  });
}

/** Pages by `limit` and `offset` inside PARAMS, without a total; `start` beside it is passed over. */
function list(state: PortalState, { params }: MethodCall): MethodAnswer {
  const wanted = mapOf(params['PARAMS']) ?? {};
  const fieldsOfLine = [...state.lines.values()].map((line) => lineFields(state, line));
  const known = Object.keys(fieldsOfLine[0] ?? {});
  const select = readSelect(wanted, known);
  const filter = readMap(wanted, 'filter', known);
  const order = readMap(wanted, 'order', known);
  const offset = idOf(wanted['offset']);
  const limit = Math.min(idOf(wanted['limit']) || usualPage, longestPage);
  const found = fieldsOfLine
    .filter((fields) => Object.entries(filter).every(([name, value]) => isWanted(fields[name], value)))
    .sort((one, other) => compare(one, other, order))
    .slice(offset, offset + limit);
  const queue = mapOf(params['OPTIONS'])?.['QUEUE'] === 'Y';
  return {
    result: found.map((fields) => ({
      ...Object.fromEntries(select.map((name) => [name, fields[name]])),
      ...(queue && queueOf(state, Number(fields['ID']))),
    })),
  };
}

function readSelect(wanted: Params, known: readonly string[]): readonly string[] {
  const given = wanted['select'];
  if (given === undefined) return known;
  const isList =
    Array.isArray(given) || (isMap(given) && Object.keys(given).every((key) => /^\d+$/.test(key)));
  if (!isList) throw wrongFormat('select');
  const names = Object.values(given).map((name) => textOf(name) ?? '');
  refuseUnknown(names, known);
  return names;
}

function readMap(wanted: Params, name: 'filter' | 'order', known: readonly string[]): Params {
  const given = wanted[name] ?? {};
  if (!isMap(given)) throw wrongFormat(name);
  refuseUnknown(Object.keys(given), known);
  return given;
}

function wrongFormat(name: string): Error {
  return refusal('INVALID_FORMAT', `A wrong format for the PARAMS field '${name}' is passed`);
}

/** The documentation names no code for it; a name that is spelled wrong must not go unnoticed here. */
function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const unknown = known.length > 0 ? names.find((name) => !known.includes(name)) : undefined;
  if (unknown !== undefined) throw refusal('ERROR_CORE', `Unknown field definition \`${unknown}\``);
}

function isWanted(field: unknown, value: unknown): boolean {
  return String(field) === (textOf(value) ?? '');
}

function compare(one: LineFields, other: LineFields, order: Params): number {
  for (const [name, direction] of Object.entries(order)) {
    const difference = String(one[name]).localeCompare(String(other[name]), 'en', { numeric: true });
    if (difference !== 0) return /^desc$/i.test(textOf(direction) ?? '') ? -difference : difference;
  }
  return 0;
}

function lineFields(state: PortalState, line: Line): LineFields {
  const [bot] = botsOfLine(state, line);
  return {
    ID: String(line.id),
    LINE_NAME: line.name,
    ACTIVE: line.active ? 'Y' : 'N',
    WELCOME_MESSAGE: line.welcomeText === '' ? 'N' : 'Y',
    WELCOME_MESSAGE_TEXT: line.welcomeText,
    WELCOME_BOT_ENABLE: bot ? 'Y' : 'N',
    WELCOME_BOT_JOIN: line.botJoin,
    WELCOME_BOT_ID: String(bot?.id ?? 0),
    WELCOME_BOT_LEFT: line.botLeft,
  };
}

function queueOf(state: PortalState, lineId: number): LineFields {
  const operators = state.lines.get(lineId)?.operators ?? [];
  const cards = operators.map((id) => {
    const user = state.users.get(id);
    return [
      String(id),
      {
        USER_NAME: user?.name ?? null,
        USER_WORK_POSITION: user?.workPosition ?? null,
        USER_AVATAR: '',
        USER_AVATAR_ID: null,
      },
    ];
  });
  return { QUEUE: [...operators], QUEUE_USERS_FIELDS: Object.fromEntries(cards) };
}
