import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { entriesAt, textAt } from '../../lib/core/fields';
import { readEvent } from '../../lib/dify/events';
import { defaultTimers } from '../../lib/dify/outage';
import { refusalOf, repeatability } from '../../lib/dify/refusal';
import { playAction } from '../../lib/typebot/actions';
import { mayTryAgain, outageOf } from '../../lib/typebot/outage';
import { refusalOf as typebotRefusal } from '../../lib/typebot/refusal';
import { scenarioNames } from '../../sandbox/dify';
import { scenarioNames as typebotScenarios } from '../../sandbox/typebot';
import { filesBelow, root } from '../../scripts/pack.cjs';

const open = '(#not-covered-yet)';
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** From a heading to the next one of the same rank. */
function section(page: string, heading: string, rank = '##'): string {
  const [, below] = page.split(`\n${rank} ${heading}\n`);
  assert.ok(below !== undefined, `the page has no section "${heading}"`);
  return below.split(`\n${rank} `)[0] ?? '';
}

/** The cells of every row, without heads and rulers. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, place) => !isRuler(line) && !isRuler(lines[place + 1] ?? ''))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\|\s*|\s*\|$/g, '').trim()));
}

function isRuler(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}

interface Citation {
  file: string;
  words: string;
}

function citationsIn(text: string): Citation[] {
  return [...text.matchAll(/`(test\/[^`]+?\.test\.ts) › ([^`]+)`/g)].map(([, file = '', words = '']) => ({
    file,
    words,
  }));
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Names of methods and events that stand in the code as texts of their own. */
function namesInCode(pattern: RegExp): Set<string> {
  const sources = ['lib', 'nodes'].flatMap((folder) =>
    filesBelow(join(root, folder)).map((file) => join(root, folder, file)),
  );
  const texts = sources.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name)));
}

/** As mocha calls them, with those that a test file makes in a loop. Nothing is run. */
function titlesIn(files: readonly string[]): Map<string, string[]> {
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [mocha, '--dry-run', '--reporter', 'json', ...files.filter((file) => existsSync(join(root, file)))],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  assert.match(stdout, /^\s*\{/, stderr);
  const found = new Map<string, string[]>();
  const json: unknown = JSON.parse(stdout);
  for (const test of entriesAt(json, 'tests')) {
    const file = relative(root, textAt(test, 'file') ?? '').replaceAll(sep, '/');
    found.set(file, [...(found.get(file) ?? []), textAt(test, 'fullTitle') ?? '']);
  }
  return found;
}

interface CoveragePage {
  readonly file: string;
  readonly what: string;
  /** Words of rows and texts of a test file count as well as those of its titles. */
  readonly citesSource: boolean;
  readonly leastRows: number;
  /** Sections whose rows are numbered. */
  readonly lists: readonly (readonly [heading: string, letter: string, count: number])[];
}

const bitrix24Page: CoveragePage = {
  file: 'docs/bitrix24-coverage.md',
  what: 'Bitrix24',
  citesSource: true,
  leastRows: 60,
  lists: [
    ['Traps of bots', 'B', 35],
    ['Traps of REST', 'R', 24],
  ],
};
const difyPage: CoveragePage = {
  file: 'docs/dify-coverage.md',
  what: 'Dify',
  citesSource: false,
  leastRows: 200,
  lists: [
    ['Scenarios to be played', 'S', 23],
    ['Traps', 'T', 25],
    ['Streams that stay open with keep-alives only', 'H', 3],
  ],
};

const typebotPage: CoveragePage = {
  file: 'docs/typebot-coverage.md',
  what: 'Typebot',
  citesSource: false,
  leastRows: 230,
  lists: [
    ['Scenarios to be played', 'S', 33],
    ['Traps', 'T', 26],
    ['Commands', 'C', 13],
  ],
};

const pages = [bitrix24Page, difyPage, typebotPage];
const citedIn = ({ file }: CoveragePage): Citation[] => citationsIn(read(file));

describe('the pages on what the pack covers', () => {
  let titles = new Map<string, string[]>();
  before(function () {
    titles = titlesIn([...new Set(pages.flatMap(citedIn).map(({ file }) => file))]);
  });

  for (const { file, what, citesSource, leastRows, lists } of pages) {
    describe(`of ${what}`, () => {
      const page = read(file);
      const cited = citationsIn(page);

      it('names tests in one form only', () => {
        assert.ok(cited.length > 0);
        const mentioned = page.split('\n').flatMap((line) => [...line.matchAll(/[\w/.-]+\.test\.ts/g)]);
        const ownName = 1;
        assert.equal(mentioned.length, cited.length + ownName);
      });

      for (const source of new Set(cited.map((citation) => citation.file))) {
        it(`finds its words in ${source}`, () => {
          assert.ok(existsSync(join(root, source)), 'the file is gone');
          const texts = [...(titles.get(source) ?? []), ...(citesSource ? [read(source)] : [])];
          const missing = cited.filter(
            (citation) => citation.file === source && !texts.some((text) => text.includes(citation.words)),
          );
          assert.deepEqual(
            missing.map(({ words }) => words),
            [],
          );
        });
      }

      for (const [heading, letter, count] of lists) {
        it(`has all ${count} rows of "${heading}", in order`, () => {
          const rank = page.includes(`\n## ${heading}\n`) ? '##' : '###';
          assert.deepEqual(
            rowsOf(section(page, heading, rank).split('\n#')[0] ?? '').map(([number]) => number),
            Array.from({ length: count }, (_, place) => `${letter}${place + 1}`),
          );
        });
      }

      it('has a test in every row, or says that there is none', () => {
        const rows = rowsOf(page);
        assert.ok(rows.length >= leastRows);
        const bare = rows.filter((cells) => {
          const last = cells.at(-1) ?? '';
          return citationsIn(last).length === 0 && !last.includes(open);
        });
        assert.deepEqual(bare, []);
      });

      it('lists what is not covered once more, and nothing that is', () => {
        const said = rowsOf(page)
          .filter((cells) => cells.some((cell) => cell.includes(open)))
          .map(([first = '']) => first.replaceAll('`', ''));
        const listed = [...section(page, 'Not covered yet').matchAll(/^- \*\*(.+?)\*\*/gm)];
        assert.deepEqual(listed.map(([, name]) => name).sort(), [...said].sort());
      });
    });
  }
});

describe('the page on what the pack covers of Bitrix24', () => {
  const page = read(bitrix24Page.file);
  const quotedMethod =
    /'((?:imbot|imopenlines|im|disk|crm|event|user|app(?!\.typebot)|voximplant|telephony|server(?=\.time))\.[\w.]+)'/g;
  const quotedEvent = /\b(ON(?:IM|APP)[A-Z0-9]+)\b/g;

  it('lists every method that the pack names, and no other as called', () => {
    const called = rowsOf(section(page, 'Methods that the pack calls')).flatMap(([method = '']) =>
      codeIn(method),
    );
    const named = namesInCode(quotedMethod);
    assert.ok(named.size > 20);
    assert.deepEqual(
      [...named].filter((method) => !called.includes(method)),
      [],
    );
    // These three are words of their own and have no module before them.
    const plain = ['profile', 'scope', 'batch'];
    assert.deepEqual(
      called.filter((method) => !named.has(method) && !plain.includes(method)),
      [],
    );
    const uncalled = rowsOf(section(page, 'Methods that the pack does not call')).flatMap(
      ([, methods = '']) => codeIn(methods),
    );
    assert.ok(uncalled.length > 20);
    assert.deepEqual(
      uncalled.filter((method) => named.has(method)),
      [],
    );
  });

  it('lists every event that the pack knows by name', () => {
    const listed = rowsOf(section(page, 'Events')).flatMap(([event = '']) => codeIn(event));
    const known = [...namesInCode(quotedEvent)].filter((name) => name !== 'ONIMBOTV2');
    assert.ok(known.length >= 18);
    assert.deepEqual(
      known.filter((name) => !listed.includes(name)),
      [],
    );
  });
});

function assertPlayed(page: string, names: readonly string[]): void {
  const rows = rowsOf(section(page, 'Scenarios of the stand-in'));
  const named = rows.map(([name = '']) => codeIn(name)[0]);
  assert.deepEqual([...named].sort(), [...names].sort());
  const unplayed = rows.filter((cells, place) => {
    const asText = new RegExp(`(['"\`])${named[place]}\\1|^\\s*${named[place]}:`, 'm');
    return !citationsIn(cells.at(-1) ?? '').some(({ file }) => asText.test(read(file)));
  });
  assert.deepEqual(unplayed, []);
}

describe('the page on what the pack covers of Dify', () => {
  const page = read(difyPage.file);
  const words = (text: string): string[] => text.trim().split(/\s+/);

  it('names every scenario of the stand-in, with a test that plays it', () => {
    assertPlayed(page, scenarioNames);
  });

  it('has a row for each error, which says what the code says', () => {
    const rows = rowsOf(section(page, 'Errors'));
    const again = { never: 'no', once: 'once', 'when-less-busy': 'while busy' } as const;
    for (const [status, code = '', said = '', ours = '', asked] of rows) {
      const facts = { status: Number(status), serviceCode: codeIn(code)[0], words: codeIn(said)[0] ?? '' };
      const refusal = refusalOf('run', facts, { secrets: [], sent: [] });
      const isLost = refusal.code === 'DIFY_CONVERSATION';
      const told = isLost ? 'once, in a new conversation' : again[repeatability(refusal)];
      assert.deepEqual([codeIn(ours), asked], [[refusal.code], told], `${status} ${code} ${said}`);
    }
    const reference = words(`
      400:invalid_param 400:bad_request 400:app_unavailable 400:not_chat_app 400:not_workflow_app
      400:not_completion_app 400:provider_not_initialize 400:provider_quota_exceeded
      400:model_currently_not_support 400:completion_request_error 400:conversation_completed
      400:agent_not_published 401:unauthorized 403:forbidden 403:workflow_version_execution_not_allowed
      403:file_access_denied 404:not_found 412:human_input_form_submitted 412:human_input_form_expired
      413:file_too_large 413:audio_too_large 415:unsupported_file_type 415:unsupported_audio_type
      429:too_many_requests 429:rate_limit_error 500:internal_server_error 502: 503: 504: 524:`);
    const listed = rows.map(([status, code = '']) => `${status}:${codeIn(code)[0] ?? ''}`);
    assert.deepEqual(
      reference.filter((each) => !listed.includes(each)),
      [],
    );
    const known = [...read('lib/dify/refusal.ts').matchAll(/^ {2}([a-z]\w+): 'DIFY_/gm)];
    assert.ok(known.length > 20);
    assert.deepEqual(
      known.map(([, code]) => code).filter((code) => !listed.some((each) => each.endsWith(`:${code}`))),
      [],
    );
  });

  it('has a row for each event, with an effect where the code reads it', () => {
    const [effects = '', silent = ''] = section(page, 'Events').split('\n### ');
    const namesIn = (text: string) => [
      ...new Set(rowsOf(text).flatMap(([event = '']) => codeIn(event).slice(0, 1))),
    ];
    assert.deepEqual(
      namesIn(effects).sort(),
      words(`agent_message error human_input_required message message_end message_file message_replace ping
        text_chunk text_replace workflow_finished workflow_paused`),
    );
    const isRead = (event: string): boolean => readEvent({ event, url: '/a' })?.kind !== 'other';
    assert.deepEqual(namesIn(effects).filter(isRead), namesIn(effects));
    assert.ok(namesIn(silent).length >= 19);
    assert.deepEqual(namesIn(silent).filter(isRead), []);
    const states = rowsOf(effects).flatMap(([event = '']) => codeIn(event).slice(1));
    assert.deepEqual(states, words('succeeded partial-succeeded failed stopped paused'));
  });

  it('has a row for each time limit, with its default', () => {
    const [limits = ''] = section(page, 'Time limits and hangs').split('\n### ');
    assert.deepEqual(
      rowsOf(limits).map(([name = '', preset]) => [codeIn(name)[0], preset]),
      Object.entries(defaultTimers).map(([name, ms]) => [name.replace('Ms', ''), `${ms / 1000} s`]),
    );
  });
});

describe('the page on what the pack covers of Typebot', () => {
  const page = read(typebotPage.file);
  const hidden = { secrets: [], sent: [] };
  const [answers = '', outages = ''] = section(page, 'Errors').split('\n### ');

  it('names every scenario of the stand-in, with a test that plays it', () => {
    assertPlayed(page, typebotScenarios);
  });

  it('has a row for each error, which says what the code says', () => {
    const again = { lost: 'once, in a new session', 'unknown-command': 'as a text', other: 'no' } as const;
    for (const [caller = '', status = '', said = '', ours = '', asked = ''] of rowsOf(answers)) {
      const calls = caller === 'any' ? (['startChat', 'continueChat'] as const) : [callOf(caller)];
      for (const call of calls) {
        const at = `${call} ${status} ${said}`;
        if (Number(status) >= 502) {
          const outage = outageOf({ call, reason: `HTTP ${status}`, sent: true, timeoutMs: 90_000 });
          assert.deepEqual([codeIn(ours), asked], [[outage.code], mayTryAgain(outage) ? 'once' : 'no'], at);
          continue;
        }
        // The words of today's releases, and of those before 3.15.
        const words = { code: 'SOME_CODE', message: codeIn(said)[0] ?? 'Nothing that is known' };
        for (const json of [words, { defined: false, status: Number(status), ...words }]) {
          const isPreview = caller === 'draft';
          const facts = { call, isPreview, status: Number(status), json, text: JSON.stringify(json) };
          const { code, kind } = typebotRefusal(facts, hidden);
          const isForm = words.message === 'Input validation failed';
          assert.deepEqual(
            [codeIn(ours), asked],
            [[code], isForm ? 'once, as a bare text' : again[kind]],
            at,
          );
        }
      }
    }
  });

  it('names every error that the nodes can have of Typebot', () => {
    const listed = [answers, outages].flatMap((text) =>
      rowsOf(text).flatMap((cells) => codeIn(cells.join(' '))),
    );
    const known = [...read('lib/core/errors.ts').matchAll(/'(TYPEBOT_\w+)'/g)].map(([, code = '']) => code);
    assert.ok(known.length >= 14);
    assert.deepEqual(
      known.filter((code) => !listed.includes(code)),
      [],
    );
  });

  it('has a row for each action, with the reply that the code gives', () => {
    const [actions = ''] = section(page, 'Actions').split('\n### ');
    const rows = rowsOf(actions);
    const types = rows.flatMap(([action = '']) => codeIn(action).filter((type) => !type.includes('embed')));
    assert.deepEqual(types, [
      ...['wait', 'redirect', 'setVariable', 'httpRequestToExecute', 'webhookToExecute', 'stream'],
      ...['streamOpenAiChatCompletion', 'listenForWebhook', 'scriptToExecute', 'codeToExecute', 'chatwoot'],
      ...['googleAnalytics', 'pixel', 'startPropsToInject'],
    ]);
    for (const [action = '', , reply = ''] of rows) {
      for (const type of codeIn(action).filter((name) => types.includes(name))) {
        const { due } = playAction({ type, expectsDedicatedReply: reply !== '–' }, { maxWaitSeconds: 10 });
        if (due === undefined) assert.equal(reply, '–', type);
        else if (due.kind === 'webhook') assert.match(reply, /webhook/, type);
        else assert.ok(codeIn(reply).includes(due.text ?? 'null'), type);
      }
    }
  });
});

function callOf(caller: string): 'startChat' | 'continueChat' {
  return caller === 'start' || caller === 'draft' ? 'startChat' : 'continueChat';
}
