import assert from 'node:assert/strict';

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/;
const sample =
  /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?\d[\d.e+-]*|[+-]Inf|NaN)$/;
const labelName = /([a-zA-Z_]\w*)="(?:[^"\\\n]|\\["\\n])*"/g;

/** What Prometheus refuses a page for: a line it cannot read, a family in two places, a series or a label twice. */
export function assertPrometheusText(text: string): void {
  assert.ok(text.endsWith('\n'));
  const closed = new Set<string>();
  const told = new Set<string>();
  const series = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('#')) {
      const [, what = '', name = ''] = comment.exec(line) ?? assert.fail(line);
      assert.ok(!told.has(`${what} ${name}`), `twice: ${line}`);
      told.add(`${what} ${name}`);
      if (name !== family) closed.add(family);
      family = name;
      assert.ok(!closed.has(family), `in two places: ${line}`);
      continue;
    }
    const [, name = '', labels = ''] = sample.exec(line) ?? assert.fail(line);
    assert.ok(
      name.replace(/_(bucket|sum|count)$/, '') === family || name === family,
      `not of ${family}: ${line}`,
    );
    assert.ok(told.has(`TYPE ${family}`), `no type: ${line}`);
    const names = [...labels.matchAll(labelName)].map(([, label]) => label);
    assert.equal(new Set(names).size, names.length, `a label twice: ${line}`);
    assert.ok(!series.has(name + labels), `a series twice: ${line}`);
    series.add(name + labels);
  }
}
