import assert from 'node:assert/strict';

const tag = /\[(\/?)(b|i|u|s|url|code)(=[^\][\s]+)?\]/i;

/**
 * Reads BB code with nothing but a stack: every tag is closed by its own kind, in order, and code is read as it is.
 * Gives what stands between the tags.
 */
export function textBetweenTags(bb: string): string {
  const open: string[] = [];
  const texts: string[] = [];
  let rest = bb;
  for (let found = tag.exec(rest); found !== null; found = tag.exec(rest)) {
    const name = (found[2] ?? '').toLowerCase();
    const isClosing = found[1] === '/';
    texts.push(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
    assert.ok(!isClosing || found[3] === undefined, `a closing tag with a value in ${JSON.stringify(bb)}`);
    if (isClosing) assert.equal(open.pop(), name, `closed out of order in ${JSON.stringify(bb)}`);
    else if (name !== 'code') {
      assert.ok(!open.includes(name), `[${name}] within its like in ${JSON.stringify(bb)}`);
      open.push(name);
    } else {
      const end = rest.search(/\[\/code\]/i);
      assert.ok(end > 0, `code that is empty or not closed in ${JSON.stringify(bb)}`);
      texts.push(rest.slice(0, end));
      rest = rest.slice(end + '[/code]'.length);
    }
  }
  assert.deepEqual(open, [], `left open in ${JSON.stringify(bb)}`);
  return [...texts, rest].join('');
}
