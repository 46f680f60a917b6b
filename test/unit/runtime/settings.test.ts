import assert from 'node:assert/strict';
import { readSettings } from '../../../nodes/runtime/settings';

describe('the settings of a node', () => {
  const of = (properties: object, credentials: object = {}) => readSettings(properties, credentials);

  it('have defaults, also for nodes made before a property existed', () => {
    const settings = of({ empty: '', blank: '  ' });
    assert.equal(settings.text('gone', 'x'), 'x');
    assert.equal(settings.text('empty', 'x'), 'x');
    assert.equal(settings.text('blank', 'x'), 'x');
    assert.equal(settings.number('gone', 7), 7);
    assert.equal(settings.flag('gone', true), true);
    assert.deepEqual(settings.list('gone', ['a']), ['a']);
    assert.equal(settings.choice('gone', ['first', 'second']), 'first');
    assert.equal(settings.secret('gone'), undefined);
  });

  it('are what they should be although a variable can only hold text', () => {
    const settings = of({
      n: '30',
      zero: 0,
      yes: 'true',
      no: 'false',
      off: false,
      list: 'a, b,,c ',
      pick: 'second',
    });
    assert.equal(settings.number('n', 1), 30);
    assert.equal(settings.number('zero', 1), 0);
    assert.equal(settings.flag('yes', false), true);
    assert.equal(settings.flag('no', true), false);
    assert.equal(settings.flag('off', true), false);
    assert.deepEqual(settings.list('list', []), ['a', 'b', 'c']);
    assert.equal(settings.choice('pick', ['first', 'second']), 'second');
  });

  it('are refused with the name of the setting when they make no sense', () => {
    const settings = of({ n: 'many', low: -1, flag: 'perhaps', pick: 'third' });
    assert.throws(() => settings.number('n', 1), { code: 'CONFIG_INVALID', message: /n must be/ });
    assert.throws(() => settings.number('low', 1), { code: 'CONFIG_INVALID' });
    assert.throws(() => settings.flag('flag', true), { code: 'CONFIG_INVALID' });
    assert.throws(() => settings.choice('pick', ['first', 'second']), { code: 'CONFIG_INVALID' });
    assert.throws(() => settings.required('gone'), { code: 'CONFIG_EMPTY' });
    assert.throws(() => settings.requiredSecret('gone'), { code: 'CONFIG_EMPTY' });
  });

  it('name a variable that is not set, wherever it stands', () => {
    const unset = { code: 'VARIABLE_UNSET', message: /NOT_THERE/ };
    const settings = of(
      {
        ...{ a: '${NOT_THERE}', b: '$(NOT_THERE)', list: ['x', '${NOT_THERE}'], text: 'x, ${NOT_THERE}' },
        rows: [
          { key: 'x', from: 'z' },
          { key: 'y', from: { en: '${NOT_THERE}' } },
        ],
      },
      { key: ' ${NOT_THERE} ' },
    );
    assert.throws(() => settings.text('a'), unset);
    assert.throws(() => settings.number('b', 1), unset);
    assert.throws(() => settings.list('list', []), unset);
    assert.throws(() => settings.list('text', []), unset);
    assert.throws(() => settings.entries('rows'), unset);
    assert.throws(() => settings.secret('key'), unset);
    assert.equal(of({ a: 'costs ${5}' }).text('a'), 'costs ${5}');
  });

  it('refuse a secret with a variable in its midst, and tell no more of it than the variable', () => {
    const settings = of(
      { text: '${SET}tail' },
      { key: '${SET}tail', url: 'redis://:${SET}@host', good: 'p$5{x}' },
    );
    const refused = { code: 'VARIABLE_WITHIN', message: /^key has \$\{SET\} within other text$/ };
    assert.throws(() => settings.secret('key'), refused);
    assert.throws(() => settings.requiredSecret('url'), { code: 'VARIABLE_WITHIN' });
    assert.equal(settings.secret('good'), 'p$5{x}');
    assert.equal(settings.text('text'), '${SET}tail');
  });
});
