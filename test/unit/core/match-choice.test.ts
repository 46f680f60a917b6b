import assert from 'node:assert/strict';
import type { Choice } from '../../../lib/core/parts';
import { choiceKeyboard, choiceList } from '../../../lib/bitrix24/text/choices';
import { matchChoice } from '../../../lib/core/choices/match-choice';
import { seededRandom } from './random';
import { hostileText } from '../bitrix24/text/hostile-text';

function items(...labels: string[]): Choice[] {
  return labels.map((label, index) => ({ id: `id-${index}`, label, value: `value ${index}` }));
}

function chosen(list: readonly Choice[], text: string, multiple = false): string[] | undefined {
  return matchChoice(list, text, { multiple })?.map(({ label }) => label);
}

describe('matchChoice', () => {
  const drinks = items('Чёрный чай', 'Зелёный чай', 'Coffee', '👍 Yes, please!');

  it('knows a choice by what a person would type', () => {
    for (const text of [
      'Чёрный чай',
      'черный чай',
      '  ЧЕРНЫЙ   чай. ',
      '«чёрный чай»',
      'Чёрный\u200B чай',
      '1',
      '1.',
      '1)',
      ' 1 ',
      '№1',
      '#1',
      '１',
      '1️⃣',
      '①',
      'value 0',
      'id-0',
      'чорный чай',
    ]) {
      assert.deepEqual(chosen(drinks, text), ['Чёрный чай'], text);
    }
    for (const text of ['👍 Yes, please!', 'yes please', 'Yes, please', '4']) {
      assert.deepEqual(chosen(drinks, text), ['👍 Yes, please!'], text);
    }
    for (const text of ['coffee', 'Cofee', 'coffe', 'cofffee', 'coffee!', 'cofefe'])
      assert.deepEqual(chosen(drinks, text), ['Coffee'], text);
  });

  it('does not guess', () => {
    for (const text of [
      '',
      ' ',
      '?',
      'чай',
      '0',
      '5',
      '1.5',
      '-1',
      '12',
      'no',
      'toffee',
      'co',
      '1 2',
      'чёрный или зелёный чай',
      'x'.repeat(5_000),
    ]) {
      assert.equal(chosen(drinks, text), undefined, text);
    }
  });

  it('does not choose between two that are as near', () => {
    assert.equal(chosen(items('Salem', 'Sales'), 'Saleq'), undefined);
    assert.equal(chosen(items('Yes', 'yes'), 'YES'), undefined);
    assert.deepEqual(chosen(items('Yes', 'yes'), 'yes'), ['yes']);
    assert.equal(chosen(items('👍 ok', '👎 ok'), 'ok'), undefined);
  });

  it('does not take another choice for a slip', () => {
    assert.equal(chosen(items('Согласен', 'Отмена'), 'несогласен'), undefined);
    assert.equal(chosen(items('Согласен', 'Отмена'), 'не согласен'), undefined);
    assert.equal(chosen(items('Room 1', 'Other'), 'Room 12'), undefined);
    assert.equal(chosen(items('Размер M', 'Другое'), 'Размер L'), undefined);
    assert.equal(chosen(items('I am ready', 'Later on'), 'I am not ready'), undefined);
    assert.equal(chosen(items('Да', 'Нет'), 'Дат'), undefined);
  });

  it('tells labels apart that differ in signs only', () => {
    const languages = items('C', 'C++', 'C#');
    for (const label of ['C', 'C++', 'C#']) assert.deepEqual(chosen(languages, label.toLowerCase()), [label]);
  });

  it('takes a number for the label where labels are numbers', () => {
    const rating = items('0', '1', '2', '10');
    assert.deepEqual(chosen(rating, '1'), ['1']);
    assert.deepEqual(chosen(rating, '10'), ['10']);
    assert.equal(chosen(rating, '3'), undefined);
    assert.equal(chosen(rating, '-1'), undefined);
    assert.equal(chosen(rating, '1.0'), undefined);
  });

  it('prefers a label to a number, and a number to a value', () => {
    const list: Choice[] = [
      { id: 'a', label: 'First', value: '2' },
      { id: 'b', label: 'Second', value: '1' },
    ];
    assert.deepEqual(chosen(list, '1'), ['First']);
  });

  it('takes several where several may be chosen', () => {
    const fruit = items('Apples', 'Pears', 'Plums, dried', 'Figs and dates');
    for (const text of [
      '1, 2',
      '1 2',
      '2;1',
      '1.\n2.',
      '1 and 2',
      'apples and pears',
      'pears, apples',
      'apples, 2',
      '1+2',
      '1 и 2',
    ]) {
      assert.deepEqual(chosen(fruit, text, true), ['Apples', 'Pears'], text);
    }
    assert.deepEqual(chosen(fruit, 'plums, dried', true), ['Plums, dried']);
    assert.deepEqual(chosen(fruit, 'figs and dates', true), ['Figs and dates']);
    assert.deepEqual(chosen(fruit, 'apples; figs and dates', true), ['Apples', 'Figs and dates']);
    for (const text of ['1, 9', 'apples, bananas', 'apples or what', '1-2', ', ,'])
      assert.equal(chosen(fruit, text, true), undefined, text);
    assert.equal(chosen(fruit, '1, 2'), undefined);
  });

  it('gets back whatever was clicked or read from the list', () => {
    const random = seededRandom(51);
    for (let count = 0; count < 400; count += 1) {
      const list = items(
        ...Array.from({ length: 1 + Math.floor(random() * 6) }, () => hostileText(random, 6)),
      );
      const buttons =
        choiceKeyboard(list, 1)?.BUTTONS.flatMap((button) =>
          'ACTION_VALUE' in button ? [button.ACTION_VALUE] : [],
        ) ?? [];
      buttons.forEach((value, index) => {
        const found = matchChoice(list, value);
        assert.ok(found === undefined || found[0] === list[index], JSON.stringify([list, value]));
      });
      const numbers = [...choiceList(list).matchAll(/^(\d+)\. /gm)].map((match) => match[1] ?? '');
      numbers.slice(0, list.length).forEach((number, index) => {
        const found = matchChoice(list, number);
        assert.ok(found === undefined || found[0] === list[index], JSON.stringify([list, number]));
      });
    }
  });

  it('gets back every click on labels that people write', () => {
    for (const list of [
      drinks,
      items('same', 'same', 'same (1)'),
      items('[user=all]x[/user]', '[b]'),
      items('x'.repeat(300), 'a\nb', '', '/start', '🙂', '🙁', '?!', '...'),
    ]) {
      choiceKeyboard(list, 1)
        ?.BUTTONS.flatMap((button) => ('ACTION_VALUE' in button ? [button.ACTION_VALUE] : []))
        .forEach((value, index) => {
          assert.deepEqual(matchChoice(list, value), [list[index]], value);
        });
    }
    assert.equal(chosen(items('same', 'same'), 'same'), undefined);
  });

  it('has nothing to choose from an empty list', () => {
    for (const text of ['1', '', 'yes']) assert.equal(matchChoice([], text), undefined);
  });
});
