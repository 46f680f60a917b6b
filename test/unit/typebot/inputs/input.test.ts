import assert from 'node:assert/strict';
import {
  inputContext,
  readInput,
  readInputContext,
  readStoredInput,
} from '../../../../lib/typebot/inputs/input';

const raws: readonly Record<string, unknown>[] = [
  {
    id: 'a',
    type: 'text input',
    options: { isLong: true, audioClip: { isEnabled: true }, attachments: { isEnabled: true } },
  },
  {
    id: 'b',
    type: 'number input',
    options: { min: 0, max: '10', step: 2, labels: { placeholder: 'How many?' } },
  },
  {
    id: 'c',
    type: 'date input',
    options: {
      isRange: true,
      hasTime: true,
      format: 'dd.MM.yyyy',
      min: '2026-01-01',
      labels: { separator: 'tot' },
    },
  },
  {
    id: 'd',
    type: 'rating input',
    options: { length: 5, startsAt: '1', labels: { left: 'bad', right: 'good' } },
  },
  {
    id: 'e',
    type: 'choice input',
    items: [{ id: 'i', content: 'Yes', value: 'y' }],
    options: { isMultipleChoice: true },
  },
  {
    id: 'f',
    type: 'picture choice input',
    items: [{ id: 'i', title: 'T', description: 'D', pictureSrc: 'https://x.example/p.png' }],
  },
  {
    id: 'g',
    type: 'cards',
    items: [{ id: 'i', title: 'T', imageUrl: 'https://x.example/p.png', paths: [{ id: 'p', text: 'Buy' }] }],
  },
  {
    id: 'h',
    type: 'file input',
    options: {
      isRequired: false,
      isMultipleAllowed: true,
      allowedFileTypes: { isEnabled: true, types: ['.pdf'] },
      labels: { skip: 'No' },
    },
  },
  {
    id: 'i',
    type: 'payment input',
    runtimeOptions: { amountLabel: '$30.00', paymentIntentSecret: 'pi_secret', publicKey: 'pk' },
  },
  { id: 'j', type: 'phone number input', options: { defaultCountryCode: 'RU' } },
  { id: 'k', type: 'signature input', items: [{ id: 'i', content: 'x' }] },
];

describe('reading an input', () => {
  it('keeps what is needed of each kind', () => {
    assert.deepEqual(raws.map(readInput), [
      { id: 'a', type: 'text input', items: [], takesAudio: true, takesAttachments: true },
      { id: 'b', type: 'number input', items: [], min: '0', max: '10', placeholder: 'How many?' },
      {
        id: 'c',
        type: 'date input',
        items: [],
        isRange: true,
        hasTime: true,
        format: 'dd.MM.yyyy',
        min: '2026-01-01',
        separator: 'tot',
      },
      { id: 'd', type: 'rating input', items: [], startsAt: 1, length: 5, left: 'bad', right: 'good' },
      { id: 'e', type: 'choice input', items: [{ id: 'i', label: 'Yes', value: 'y' }], isMultiple: true },
      {
        id: 'f',
        type: 'picture choice input',
        items: [{ id: 'i', label: 'T', description: 'D', picture: 'https://x.example/p.png' }],
      },
      {
        id: 'g',
        type: 'cards',
        items: [
          { id: 'i', label: 'T', picture: 'https://x.example/p.png', paths: [{ id: 'p', label: 'Buy' }] },
        ],
      },
      {
        id: 'h',
        type: 'file input',
        items: [],
        isRequired: false,
        isMultiple: true,
        allowedTypes: ['.pdf'],
        skip: 'No',
      },
      { id: 'i', type: 'payment input', items: [], amount: '$30.00' },
      { id: 'j', type: 'phone number input', items: [], defaultCountryCode: 'RU' },
      { id: 'k', type: 'signature input', items: [] },
    ]);
  });

  it('comes back from the store as it went there', () => {
    for (const input of raws.map(readInput)) {
      assert.deepEqual(readStoredInput(JSON.parse(JSON.stringify(input))), input);
    }
  });

  it('is no input where there is none', () => {
    for (const value of [undefined, null, '', 'text input', 5, [], {}, { id: 'x' }, { id: 'x', type: {} }]) {
      assert.equal(readInput(value), undefined);
      assert.equal(readStoredInput(value), undefined);
    }
  });

  it('takes a broken one as far as it can', () => {
    const broken = {
      type: 'cards',
      items: [null, 5, { id: 'x', title: 5, paths: 'no' }, { title: 'only' }],
      options: 'none',
    };
    assert.deepEqual(readInput(broken), {
      id: '',
      type: 'cards',
      items: [
        { id: 'x', label: '5' },
        { id: 'only', label: 'only' },
      ],
    });
    const options = { length: 'ten', startsAt: null, min: {}, isRequired: 'false', format: ' ' };
    assert.deepEqual(readInput({ id: 'x', type: 'rating input', options }), {
      id: 'x',
      type: 'rating input',
      items: [],
    });
  });

  it('leaves pictures that are no address, and types that are not asked for', () => {
    const items = [{ id: '0', pictureSrc: `data:image/png;base64,${'A'.repeat(100_000)}`, title: '' }];
    assert.deepEqual(readInput({ id: 'x', type: 'picture choice input', items })?.items, [
      { id: '0', label: '' },
    ]);
    const options = { allowedFileTypes: { isEnabled: false, types: ['.pdf'] } };
    assert.equal(readInput({ id: 'x', type: 'file input', options })?.allowedTypes, undefined);
  });

  it('tells what is to be paid in words when the server has no label for it', () => {
    const amount = (options: unknown) => readInput({ id: 'x', type: 'payment input', options })?.amount;
    assert.equal(amount({ amount: '30', currency: 'EUR' }), '30 EUR');
    assert.equal(amount({ amount: '30' }), '30 USD');
    assert.equal(amount({}), undefined);
  });
});

describe('the context of an input', () => {
  it('finds its way back', () => {
    for (const id of ['cm1', 'a:b/c d', 'вопрос', '%', '😀']) {
      assert.equal(readInputContext(inputContext(id)), id);
    }
    assert.equal(typeof inputContext('\uD83D'), 'string');
  });

  it('is none where somebody else made it', () => {
    for (const context of ['', 'typebot-input:', 'typebot-input:%', 'dify-form:a:b', 'x typebot-input:a']) {
      assert.equal(readInputContext(context), undefined, context);
    }
  });
});
