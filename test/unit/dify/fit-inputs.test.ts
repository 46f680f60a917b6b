import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { checkLengths, fitInputs } from '../../../lib/dify/fit-inputs';
import { readInputForm, reviewForm } from '../../../lib/dify/input-form';

function formOf(...entries: readonly Record<string, Record<string, unknown>>[]) {
  return readInputForm({ user_input_form: entries });
}

describe('inputs for an app', () => {
  it('are what the app declares, in the form in which it takes them', () => {
    const form = formOf(
      { 'text-input': { variable: 'BOT_ID', max_length: 48 } },
      { paragraph: { variable: 'TEXT' } },
      { number: { variable: 'amount' } },
      { checkbox: { variable: 'IS_BOT' } },
      { select: { variable: 'lang', options: ['en', 'ru'] } },
      { json_object: { variable: 'batch' } },
      { 'text-input': { variable: 'left', required: false } },
      { external_data_tool: { variable: 'tool' } },
    );
    const given = {
      BOT_ID: 55,
      TEXT: { a: 1 },
      amount: ' 1,5 ',
      IS_BOT: 'Y',
      lang: 'RU',
      batch: '{"a":[1]}',
      left: undefined,
      undeclared: 'x',
      tool: 'a\0b',
    };
    assert.deepEqual(fitInputs(given, form), {
      inputs: {
        BOT_ID: '55',
        TEXT: '{"a":1}',
        amount: 1.5,
        IS_BOT: true,
        lang: 'ru',
        batch: { a: [1] },
        tool: 'ab',
      },
      warnings: [],
    });
  });

  it('count characters as Dify does, and may be exactly as long as allowed', () => {
    const form = formOf({ 'text-input': { variable: 'T', max_length: 3 } });
    assert.deepEqual(fitInputs({ T: '👍👍👍' }, form), { inputs: { T: '👍👍👍' }, warnings: [] });
    assert.deepEqual(fitInputs({ T: '👍👍👍👍' }, form), {
      inputs: { T: '👍👍👍' },
      warnings: [{ variable: 'T', problem: 'cut', limit: 3 }],
    });
    refused({ T: 'abcd' }, form, 'DIFY_INPUT_LONG', { tooLong: 'refuse' });
  });

  it('are not cut where half of them is worth nothing', () => {
    const form = formOf(
      { 'text-input': { variable: 'access_token', max_length: 4 } },
      { 'text-input': { variable: 'BATCH', max_length: 4 } },
    );
    refused({ access_token: 'secret-value' }, form, 'DIFY_INPUT_LONG');
    refused({ BATCH: '[{"secret-value":1}]' }, form, 'DIFY_INPUT_LONG');
  });

  it('can be found too long before anything else is looked at', () => {
    const form = formOf(
      { 'text-input': { variable: 'CITY', max_length: 4 } },
      { 'text-input': { variable: 'access_token', max_length: 4 } },
      { file: { variable: 'scan', required: true } },
    );
    checkLengths({ CITY: 'Vologda' }, form, { tooLong: 'cut' });
    checkLengths({ CITY: 'Omsk', other: 'Vologda' }, form, { tooLong: 'refuse' });
    const tooLong = { code: 'DIFY_INPUT_LONG', params: { variable: 'CITY', limit: 4 } };
    assert.throws(() => checkLengths({ CITY: 'Vologda' }, form, { tooLong: 'refuse' }), tooLong);
    assert.throws(() => checkLengths({ access_token: 'secret' }, form), { code: 'DIFY_INPUT_LONG' });
  });

  it('are refused by name when a required one is missing or cannot be made to fit', () => {
    const required = { variable: 'V', required: true };
    refused({}, formOf({ 'text-input': required }), 'DIFY_INPUT_MISSING');
    refused({ V: '' }, formOf({ select: { ...required, options: ['a'] } }), 'DIFY_INPUT_MISSING');
    refused({ V: 'secret-value' }, formOf({ select: { ...required, options: ['a'] } }), 'DIFY_INPUT');
    refused({ V: 'secret-value' }, formOf({ number: required }), 'DIFY_INPUT');
    assert.deepEqual(fitInputs({ V: '' }, formOf({ 'text-input': required })).inputs, { V: '' });
    assert.deepEqual(
      fitInputs({}, formOf({ select: { ...required, default: 'a', options: ['a'] } })).inputs,
      { V: 'a' },
    );
  });

  it('that are optional and do not fit are left out, and that is told', () => {
    const form = formOf({ number: { variable: 'n' } }, { checkbox: { variable: 'c' } });
    assert.deepEqual(fitInputs({ n: 'many', c: '' }, form), {
      inputs: {},
      warnings: [{ variable: 'n', problem: 'unfit' }],
    });
  });

  it('are texts when nobody knows the form', () => {
    assert.deepEqual(fitInputs({ a: 1, b: true, c: 'x', d: null, e: undefined }, undefined).inputs, {
      a: '1',
      b: 'true',
      c: 'x',
    });
  });

  it('can be looked at before the first message', () => {
    const form = formOf(
      { 'text-input': { variable: 'MESSAGE', max_length: 48 } },
      { 'text-input': { variable: 'city', required: true } },
      { 'text-input': { variable: 'preset', required: true, default: 'x' } },
    );
    assert.deepEqual(reviewForm(form, ['MESSAGE', 'BOT_ID'], { MESSAGE: 2000, BOT_ID: 6 }), {
      missing: ['city'],
      undeclared: ['BOT_ID'],
      short: [{ variable: 'MESSAGE', limit: 48 }],
    });
  });

  function refused(
    given: Record<string, unknown>,
    form: ReturnType<typeof formOf>,
    code: string,
    options: Parameters<typeof fitInputs>[2] = {},
  ): void {
    assert.throws(
      () => fitInputs(given, form, options),
      (error) => {
        assert.ok(error instanceof InvalidError);
        assert.equal(error.code, code);
        assert.ok(!`${error.message}${JSON.stringify(error.params)}`.includes('secret-value'));
        return typeof error.params['variable'] === 'string';
      },
    );
  }
});
