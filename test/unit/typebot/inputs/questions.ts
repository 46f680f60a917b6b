import assert from 'node:assert/strict';
import { inputContext, readInput, type TypebotInput } from '../../../../lib/typebot/inputs/input';
import { replyTo, type ReplyPlan, type Said, type SaidFile } from '../../../../lib/typebot/inputs/reply';

/** A question as a server asks it. */
export function question(type: string, rest: Record<string, unknown> = {}): TypebotInput {
  const input = readInput({ id: 'q1', type, ...rest });
  assert.ok(input);
  return input;
}

export function say(
  input: TypebotInput | undefined,
  text: string,
  rest: Partial<Said> = {},
): Promise<ReplyPlan> {
  return replyTo(input, { text, files: [], ...rest });
}

/** A click on a button under the question, as it comes with the text of the button. */
export function click(input: TypebotInput, ids: readonly string[], text = 'the label'): Promise<ReplyPlan> {
  return say(input, text, { choice: { ids, context: inputContext(input.id) } });
}

export function sent(text: string, replyId?: string): ReplyPlan {
  const metadata = replyId === undefined ? {} : { metadata: { replyId } };
  return { kind: 'send', message: { type: 'text', text, ...metadata } };
}

export function again(why: Extract<ReplyPlan, { kind: 'ask-again' }>['why']): ReplyPlan {
  return { kind: 'ask-again', why };
}

export interface CountedFile extends SaidFile {
  asked: () => number;
}

export function file(name: string, mime?: string, url = `https://files.example/t0ken/${name}`): CountedFile {
  let count = 0;
  return {
    name,
    ...(mime !== undefined && { mime }),
    asked: () => count,
    url: async () => {
      count += 1;
      return url;
    },
  };
}
