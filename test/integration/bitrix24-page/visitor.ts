import assert from 'node:assert/strict';
import { at, entriesAt, flagAt, idAt, textAt } from '../../../lib/core/fields';
import type { OpeningOptions, Portal } from '../../../sandbox/bitrix24';

export interface Answer {
  status: number;
  text: string;
  /** Undefined when the answer is no JSON. */
  content: unknown;
}

/** The page as a person has it open, without a browser. */
export interface OpenPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bearer: string;
  /** Every answer so far. */
  readonly answers: readonly Answer[];
  ask(wish: object, change?: AskChange): Promise<Answer>;
  bot(code?: string): Promise<BotOnPage>;
  /** With the revision of the bot as it is now. */
  save(edit: object, code?: string): Promise<Answer>;
}

export interface AskChange {
  /** Another bearer, or none. */
  bearer?: string | undefined;
  contentType?: string;
  body?: string;
}

export interface BotOnPage {
  name: string;
  isOn: boolean;
  state: string;
  revision: string;
  picture: string | undefined;
  commands: unknown[];
  changed: unknown;
  raw: unknown;
}

export async function openPage(portal: Portal, pageUrl: string, options?: OpeningOptions): Promise<OpenPage> {
  const { status, body: html, headers } = await portal.frame.open({ pageUrl, ...options });
  assert.equal(status, 200, html);
  const [, start = ''] = /<script type="application\/json" id="start">([^<]*)<\/script>/.exec(html) ?? [];
  const bearer = textAt(JSON.parse(start), 'bearer') ?? assert.fail('the page has no bearer');
  const answers: Answer[] = [];

  async function ask(wish: object, change: AskChange = {}): Promise<Answer> {
    const given = { bearer, contentType: 'application/json', body: JSON.stringify(wish), ...change };
    const response = await fetch(pageUrl, {
      method: 'POST',
      headers: {
        'Content-Type': given.contentType,
        ...(given.bearer !== undefined && { 'X-Bitlane-Session': given.bearer }),
      },
      body: given.body,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const content: unknown = isJson ? JSON.parse(text) : undefined;
    const answer = { status: response.status, text, content };
    answers.push(answer);
    return answer;
  }

  async function bot(code = 'helper'): Promise<BotOnPage> {
    const { status, text, content } = await ask({ action: 'list' });
    assert.equal(status, 200, text);
    const raw = entriesAt(content, 'bots').find((one) => textAt(one, 'code') === code);
    assert.ok(raw, `the page does not show ${code}`);
    return {
      name: textAt(raw, 'name') ?? '',
      isOn: flagAt(raw, 'isOn'),
      state: textAt(raw, 'state', 'kind') ?? '',
      revision: textAt(raw, 'revision') ?? '',
      picture: textAt(raw, 'picture'),
      commands: entriesAt(raw, 'commands'),
      changed: at(raw, 'changed'),
      raw,
    };
  }

  return {
    html,
    headers,
    bearer,
    answers,
    ask,
    bot,
    async save(edit, code = 'helper') {
      const { revision } = await bot(code);
      return ask({ action: 'save', code, revision, ...edit });
    },
  };
}

export function problemOf({ content }: Answer): string | undefined {
  return textAt(content, 'problem', 'key');
}

export function stateId(bot: BotOnPage): number | undefined {
  return idAt(bot.raw, 'state', 'id');
}

/** A picture of one point. */
export const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
