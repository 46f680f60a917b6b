import assert from 'node:assert/strict';
import { inputContext } from '../../../../lib/typebot/inputs/input';
import { typedChoice } from '../../../../lib/typebot/inputs/reply';
import { again, click, file, question, say, sent } from './questions';

const choice = (items: readonly unknown[], options = {}) => question('choice input', { items, options });

const departments = choice([
  { id: 'a1', content: ' Отдел продаж ', value: 'sales' },
  { id: 'empty' },
  { id: 'a2', content: 'Служба поддержки' },
  { id: 'a3', content: 'Бухгалтерия', value: 'accounts' },
]);

describe('the answer to a question with choices', () => {
  it('is the item that was clicked, by its content and its id', async () => {
    assert.deepEqual(await click(departments, ['a1']), sent('Отдел продаж', 'a1'));
    assert.deepEqual(await click(departments, ['a3']), sent('Бухгалтерия', 'a3'));
  });

  // Trap 5: the server compares with case, and knows no numbers.
  it('is the item that was typed, in whatever form', async () => {
    for (const text of ['отдел продаж', 'ОТДЕЛ ПРОДАЖ!', '1', '1.', 'sales', 'отдел прадаж']) {
      assert.deepEqual(await say(departments, text), sent('Отдел продаж', 'a1'), text);
    }
    // As it is shown: the item without a content has no number.
    assert.deepEqual(await say(departments, '2'), sent('Служба поддержки', 'a2'));
  });

  it('is the text as it is where it chooses nothing: the bot may have a way for that', async () => {
    for (const text of ['оператор', '4', 'продажи или поддержка', '/help']) {
      assert.deepEqual(await say(departments, text), sent(text), text);
      assert.equal(typedChoice(departments, text), undefined);
    }
  });

  // Trap 6: ids of choices out of a variable are the same in every question.
  it('is none where the click was on an older question', async () => {
    const items = [
      { id: 'choice0', content: 'Red' },
      { id: 'choice1', content: 'Blue' },
    ];
    const colours = choice(items);
    const old = { choice: { ids: ['choice0'], context: inputContext('q0') } };
    assert.deepEqual(await say(colours, 'Small', old), { kind: 'stale' });
    assert.deepEqual(await say(question('text input'), 'Small', old), { kind: 'stale' });
    assert.deepEqual(await say(undefined, 'Small', old), { kind: 'stale' });
    assert.deepEqual(await say(question('payment input'), 'Small', old), { kind: 'stale' });
    assert.deepEqual(await click(colours, ['choice0'], 'Red'), sent('Red', 'choice0'));
  });

  it('is a text where the choice was of another builder, or is gone', async () => {
    for (const context of ['dify-form:a:b', 'mine', '']) {
      const other = { choice: { ids: ['a1'], context } };
      assert.deepEqual(await say(departments, 'Бухгалтерия', other), sent('Бухгалтерия', 'a3'), context);
    }
    assert.deepEqual(
      await say(departments, 'бухгалтерия', { choice: { ids: ['a1'] } }),
      sent('Бухгалтерия', 'a3'),
    );
    assert.deepEqual(await click(departments, ['gone'], 'Бухгалтерия'), sent('Бухгалтерия', 'a3'));
    assert.deepEqual(await click(departments, [], '3'), sent('Бухгалтерия', 'a3'));
    assert.deepEqual(await click(departments, ['a1', 'a3'], 'both'), sent('both'));
  });

  it('is never the text of another item', async () => {
    const cases: [items: readonly unknown[], id: string, text: string][] = [
      // The server would take the first by the value, and looks at it before the id of the second.
      [
        [
          { id: 'a', content: 'Certainly', value: 'Yes' },
          { id: 'b', content: 'Yes' },
        ],
        'b',
        'b',
      ],
      [
        [
          { id: 'a', content: 'Same' },
          { id: 'b', content: 'Same ' },
        ],
        'b',
        'b',
      ],
      [
        [
          { id: '0', content: '1' },
          { id: '1', content: '2' },
        ],
        '0',
        '0',
      ],
      [
        [
          { id: '0', content: '1', value: 'one' },
          { id: '1', content: '2', value: 'two' },
          { id: '2', content: '0' },
        ],
        '1',
        'two',
      ],
      [
        [
          { id: '0', content: '1' },
          { id: '1', content: '2' },
          { id: '2', content: '0' },
        ],
        '1',
        '2.',
      ],
    ];
    for (const [items, id, text] of cases) assert.deepEqual(await click(choice(items), [id]), sent(text, id));
  });

  it('is the caption of a file, or a choice is asked for', async () => {
    const picture = file('a.png');
    assert.deepEqual(await say(departments, 'бухгалтерия', { files: [picture] }), sent('Бухгалтерия', 'a3'));
    assert.deepEqual(await say(departments, ' ', { files: [picture] }), again('choice-expected'));
    assert.deepEqual(await say(departments, ''), again('empty'));
    assert.equal(picture.asked(), 0);
  });
});

describe('the answer with several choices', () => {
  const several = (...items: readonly unknown[]) => choice(items, { isMultipleChoice: true });
  const fruit = several(
    { id: 'f1', content: 'Apples' },
    { id: 'f2', content: 'Pears', value: 'pear-tree' },
    { id: 'f3', content: 'Plums, dried' },
  );

  it('is what they are called, in the order of the list', async () => {
    for (const text of ['2, 1', 'pears and APPLES', 'apples; pears', '1 2', 'aples, pear-tree']) {
      assert.deepEqual(await say(fruit, text), sent('Apples, Pears'), text);
    }
    assert.deepEqual(await click(fruit, ['f3', 'f1']), sent('Apples, Plums, dried'));
    assert.deepEqual(await click(fruit, ['f2']), sent('Pears'));
    assert.deepEqual(await say(fruit, 'bananas'), sent('bananas'));
    assert.deepEqual(await click(fruit, ['f1', 'gone'], 'apples'), sent('Apples'));
  });

  it('is their ids where their names would be found in others', async () => {
    const cases: [input: ReturnType<typeof several>, ids: string[], text: string][] = [
      [several({ id: 'a', content: 'Red' }, { id: 'b', content: 'Red' }), ['b'], 'b'],
      [several({ id: 'a', content: 'Colour', value: 'Red' }, { id: 'b', content: 'Red' }), ['b'], 'b'],
      // A picture without a name of its own is called by a number.
      [several({ id: '0', content: 'Room 1' }, { id: '1', content: 'Room 2' }), ['0'], '0'],
      [several({ id: '0', content: 'Room 1' }, { id: '1', content: 'Room 2' }), ['1'], 'Room 2'],
      [
        several({ id: 'a', content: 'Tea' }, { id: 'b', content: 'Tea with milk' }),
        ['a', 'b'],
        'Tea, Tea with milk',
      ],
      [several({ id: 'a', content: 'tea, milk' }, { id: 'b', content: 'milk' }), ['a'], 'tea, milk'],
      [several({ id: 'a', content: 'C++' }, { id: 'b', content: 'C' }), ['a'], 'C++'],
      [several({ id: 'a', content: 'Tea\n' }, { id: 'b', content: 'Milk' }), ['a', 'b'], 'Tea\n, Milk'],
    ];
    for (const [input, ids, text] of cases)
      assert.deepEqual(await click(input, ids), sent(text), JSON.stringify(input));
  });
});

describe('the answer to pictures and cards', () => {
  const pictures = question('picture choice input', {
    items: [
      { id: '0', title: 'Tea', pictureSrc: 'https://x.example/a.png' },
      { id: '1', title: '', pictureSrc: 'https://x.example/b.png' },
    ],
  });
  const cards = question('cards', {
    items: [
      {
        id: 'c1',
        title: 'Kettle',
        paths: [
          { id: 'p1', text: 'Buy' },
          { id: 'p2', text: 'More' },
        ],
      },
      { id: 'c2', title: 'Cup', paths: [{ id: 'p3', text: 'Buy' }] },
      { id: 'c3', title: 'Spoon' },
    ],
  });

  it('is the title of a picture, or its id where it has none', async () => {
    assert.deepEqual(await say(pictures, 'tea'), sent('Tea', '0'));
    for (const text of ['2', 'Option 2', 'вариант 2'])
      assert.deepEqual(await say(pictures, text), sent('1', '1'), text);
    assert.deepEqual(await click(pictures, ['1']), sent('1', '1'));
  });

  it('is a button of a card, never what it says', async () => {
    assert.deepEqual(await click(cards, ['p3'], 'Cup: Buy'), sent('p3', 'p3'));
    for (const text of ['kettle: more', '2', 'Kettle more'])
      assert.deepEqual(await say(cards, text), sent('p2', 'p2'), text);
    for (const text of ['spoon', '4']) assert.deepEqual(await say(cards, text), sent('Spoon'), text);
    assert.deepEqual(await say(cards, 'Buy'), sent('Buy'));
    assert.deepEqual(await click(cards, ['c1'], 'Kettle'), sent('Kettle'));
  });
});
