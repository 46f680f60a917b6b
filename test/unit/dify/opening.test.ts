import assert from 'node:assert/strict';
import { readInputForm } from '../../../lib/dify/input-form';
import { greeting } from '../../../lib/dify/opening';

const form = readInputForm({
  user_input_form: [
    { 'text-input': { variable: 'city', default: 'Omsk' } },
    { paragraph: { variable: 'NAME' } },
  ],
});
const opening = (openingStatement: string, openingQuestions: string[] = []) => ({
  openingStatement,
  openingQuestions,
  form,
});

describe('the greeting of an app', () => {
  it('has the values of the variables in it, else their presets', () => {
    const app = opening('Hello, {{ NAME }} ({{age}}) from {{city}}{{unknown}}!', [
      'What is new in {{city}}?',
    ]);
    assert.deepEqual(greeting(app, { NAME: 'Anna', age: 7, unknown: null }), [
      { type: 'text', text: 'Hello, Anna (7) from Omsk!', format: 'markdown' },
      {
        type: 'choices',
        items: [{ id: 'question-1', label: 'What is new in Omsk?', value: 'What is new in Omsk?' }],
      },
    ]);
  });

  it('makes nothing of what somebody has called themselves', () => {
    const [part] =
      greeting(opening('Hello, {{NAME}}!'), { NAME: '[win](https://a.example)\n# {{city}}' }) ?? [];
    assert.ok(part?.type === 'text');
    assert.equal(part.text, 'Hello, \\[win\\](https://a.example) \\# {{city}}!');
  });

  it('knows no variable that every object has', () => {
    const [part] = greeting(opening('{{constructor}}{{toString}}.'), {}) ?? [];
    assert.ok(part?.type === 'text');
    assert.equal(part.text, '.');
  });

  it('is none when the app has no opening statement', () => {
    assert.equal(greeting(opening('', ['What?']), {}), undefined);
    assert.equal(greeting(opening('  \n'), {}), undefined);
  });
});
