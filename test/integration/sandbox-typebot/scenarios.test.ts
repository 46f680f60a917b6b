import assert from 'node:assert/strict';
import {
  isScenarioName,
  scenarioNames,
  scenarios,
  usualBots,
  type ScenarioName,
} from '../../../sandbox/typebot';
import { servers, talkTo } from './support';

const start = servers();

/** Each situation that the reference lists, and the scenario that stands for it. */
const listed: Readonly<Record<string, ScenarioName>> = {
  'greeting + text': 'greeting',
  'several bubbles + wait between': 'bubbles-and-wait',
  'choice by button': 'choice-by-button',
  'choice by text in other case': 'choice-in-another-case',
  'choice by number': 'choice-by-number',
  'choice wrong, retry': 'choice-wrong',
  multiple: 'multiple-choice',
  picture: 'picture-choice',
  'cards path': 'cards',
  rating: 'rating',
  date: 'date',
  'not-required file skip': 'file-skip',
  attachments: 'attachments',
  redirect: 'redirect',
  'pause (dedicated reply)': 'pause',
  setVariable: 'set-variable',
  httpRequest: 'http-request',
  listenForWebhook: 'webhook',
  'end on continue': 'end-on-continue',
  'end on start': 'end-on-start',
  '404, restart': 'session-lost',
  '404 twice': 'session-lost-twice',
  'closed bot 400': 'closed',
  'command unknown, text': 'command-unknown',
  'command ok': 'command',
  'old error shape': 'old-error-shape',
  '3xx redirect': 'redirected',
  'HTML 502': 'bad-gateway',
  'empty bubble': 'empty-bubble',
  'unknown bubble type': 'unknown-bubble',
  'unknown input type': 'unknown-input',
  'unknown action type': 'unknown-action',
  'loop guard': 'endless-replies',
};

const refusedAtStart: Readonly<Record<string, number>> = {
  closed: 400,
  suspended: 403,
  unpublished: 404,
  'endless-flow': 408,
};

function sorted(): { failing: ScenarioName[]; playing: ScenarioName[] } {
  const isFailing = (name: ScenarioName): boolean => (scenarios[name].faults ?? []).length > 0;
  return {
    failing: scenarioNames.filter(isFailing),
    playing: scenarioNames.filter((name) => !isFailing(name)),
  };
}

describe('sandbox typebot: scenarios', () => {
  it('have names, and a sentence each', () => {
    assert.equal(new Set(scenarioNames).size, Object.keys(scenarios).length);
    for (const name of scenarioNames) assert.match(scenarios[name].what, /\S.*[.]$|^\d{3}: /);
    assert.equal(isScenarioName('toString'), false);
  });

  it('cover what the reference lists', () => {
    assert.equal(Object.keys(listed).length, 33);
    for (const name of Object.values(listed)) assert.ok(scenarioNames.includes(name));
  });

  it('need every bot that is there', () => {
    const needed = new Set(scenarioNames.map((name) => scenarios[name].bot));
    const others = usualBots.map(({ name }) => name).filter((name) => !needed.has(name));
    assert.deepEqual(others, ['sandbox-bot']);
  });

  const { failing, playing } = sorted();

  for (const name of playing)
    it(`can be played: ${name}`, async () => {
      const typebot = await start();
      const bot = typebot.play(name);
      assert.equal((await talkTo(typebot, bot.name).start()).status, refusedAtStart[bot.name] ?? 200);
      assert.equal(typebot.requests[0]?.scenario, undefined);
    });

  for (const name of failing)
    it(`can be ordered: ${name}`, async () => {
      const typebot = await start();
      await talkTo(typebot, 'choice').start();
      typebot.script('choice', name, name);
      const answered = [talkTo(typebot, 'choice').start(), talkTo(typebot, 'choice').say('Sales')];
      const played = await typebot.untilRequest(({ scenario }) => scenario === name);
      assert.equal(played.bot, 'choice');
      await typebot.stop();
      await Promise.allSettled(answered);
    });
});
