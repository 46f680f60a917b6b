import { InvalidError } from '../core/errors';
import {
  answerFirstQuestion,
  answerQuestion,
  begin,
  isOfAnotherBot,
  startConversation,
} from './conversation';
import type { Said } from './inputs/said';
import { isLost } from './refusal';
import type { TypebotCommand, TypebotTurn } from './request';
import { finish, follow, type Run } from './run';
import type { TypebotSession } from './session';
import type { UnknownCommands } from './unknown-commands';

export async function runCommand(
  run: Run,
  session: TypebotSession | undefined,
  command: TypebotCommand,
  unknown: UnknownCommands,
): Promise<TypebotTurn> {
  const name = command.name.trim().replace(/^\/+/, '');
  if (name === '')
    throw new InvalidError('INPUT_INVALID', 'the command has no name', { params: { what: 'command' } });
  const said: Said = { text: `/${name} ${command.params ?? ''}`.trim(), files: [] };
  if (unknown.has(name)) {
    return session ? answerQuestion(run, session, said) : startConversation(run, { said });
  }
  if (session && !isOfAnotherBot(run, session)) {
    const turn = await commandInSession(run, session, { name, said, unknown });
    if (turn) return turn;
  }
  run.restarted = session !== undefined;
  return commandAfterStart(run, { name, said, unknown }, session?.resultId);
}

interface NamedCommand {
  readonly name: string;
  readonly said: Said;
  readonly unknown: UnknownCommands;
}

/** Nothing when the session is gone. */
async function commandInSession(
  run: Run,
  session: TypebotSession,
  { name, said, unknown }: NamedCommand,
): Promise<TypebotTurn | undefined> {
  try {
    if (await followCommand(run, session, name)) return finish(run);
  } catch (error) {
    if (isLost(error) && run.rounds === 0) return undefined;
    throw error;
  }
  unknown.add(name);
  return answerQuestion(run, session, said);
}

/** A command is heard only by a bot that waits for something. */
async function commandAfterStart(
  run: Run,
  { name, said, unknown }: NamedCommand,
  resultId: string | undefined,
): Promise<TypebotTurn> {
  await begin(run, undefined, resultId);
  const { session, play } = run;
  const isOver = play.input === undefined && play.waits === undefined;
  if (!session || isOver) return finish(run);
  if (!(await followCommand(run, session, name))) {
    unknown.add(name);
    await answerFirstQuestion(run, said);
  }
  return finish(run);
}

/** False when the bot has no such command. */
async function followCommand(run: Run, session: TypebotSession, name: string): Promise<boolean> {
  const outcome = await run.context.talk.command(session.id, name, run.scope);
  if (outcome === 'unknown') return false;
  await follow(run, outcome.answer);
  return true;
}
