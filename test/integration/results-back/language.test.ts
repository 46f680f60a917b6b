import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { SpeechSenseOptions } from '../../../sandbox/speechsense';
import { bothFlows, knownClient, node, useResultsHouse, type ResultsPlace } from './results-house';

type Conversation = NonNullable<ReturnType<NonNullable<SpeechSenseOptions['conversation']>>>;

const english: Conversation = {
  ...{ language: 'ru-RU', said: [{ by: 'client', text: 'Where is my order?' }] },
  summary: [{ name: 'What the client wanted', text: 'To know where the order is, as by the CRM «Битрикс»' }],
  tags: [{ name: 'delivery', count: 1 }],
};
const russian: Conversation = {
  ...{ language: 'en-US', said: [{ by: 'client', text: 'Где мой заказ?' }] },
  summary: [{ name: 'Чего хотел клиент', text: 'Узнать, где заказ; спрашивал про WhatsApp' }],
  tags: [{ name: 'доставка', count: 1 }],
};
const wordless: Conversation = {
  ...{ language: 'ru-RU', said: [], summary: [], tags: [{ name: '24/7', count: 2 }] },
};

describe('the language of the comment about a call', function () {
  const house = useResultsHouse();

  /** The first line of the comment and the word before the tags: all that is not SpeechSense's own. */
  async function wordsIn(place: ResultsPlace): Promise<string[]> {
    place.portal.telephony.addCall(knownClient);
    await place.sync();
    await place.untilHeard('commented');
    const lines = place.comments()[0]?.split('\n') ?? [];
    return [lines[0] ?? '', ...lines.flatMap((line) => /^\[B\](?:Tags|Теги):\[\/B\]/.exec(line) ?? [])];
  }

  const inEnglish = ['[B]Conversation in SpeechSense[/B]', '[B]Tags:[/B]'];
  const inRussian = ['[B]Разговор в SpeechSense[/B]', '[B]Теги:[/B]'];

  /** Of the connection, and so of each talk that it makes. */
  const flowIn = (language: string, wished = 'auto'): object[] =>
    bothFlows().map((part) => {
      if (textAt(part, 'type') === 'speechsense-connection') return { ...part, language };
      const env = [{ name: 'COMMENT_LANGUAGE', value: wished, type: 'str' }];
      return textAt(part, 'id') === node('flow') ? { ...part, env } : part;
    });

  it('is that of the summary and the tags, whatever the talk is said to be in', async () => {
    const place = await house.open({ conversation: () => english });
    await place.deploy('full', flowIn('ru-RU'));
    assert.deepEqual(await wordsIn(place), inEnglish);
    const other = await house.open({ conversation: () => russian });
    await other.deploy('full', flowIn('en-US'));
    assert.deepEqual(await wordsIn(other), inRussian);
  });

  it('is that of the talk where nothing is written in letters', async () => {
    const place = await house.open({ conversation: () => wordless });
    await place.deploy('full', flowIn('kk-KZ, ru-RU'));
    assert.deepEqual(await wordsIn(place), inRussian);
    const other = await house.open({ conversation: () => wordless });
    await other.deploy('full', flowIn('en-US'));
    assert.deepEqual(await wordsIn(other), inEnglish);
  });

  it('is the one that a person has chosen in the flow', async () => {
    const place = await house.open({ conversation: () => english });
    await place.deploy('full', flowIn('en-US', 'ru'));
    assert.deepEqual(await wordsIn(place), inRussian);
    const other = await house.open({ conversation: () => russian });
    await other.deploy('full', flowIn('ru-RU', 'EN'));
    assert.deepEqual(await wordsIn(other), inEnglish);
  });
});
