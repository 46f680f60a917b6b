import assert from 'node:assert/strict';
import { markdownChunks } from '../../../lib/core/markdown-chunks';

describe('long Markdown', () => {
  it('is cut between paragraphs, and nothing of it is lost', () => {
    const text = Array.from({ length: 40 }, (_, place) => `${place} ${'word '.repeat(200)}`).join('\n\n');
    const chunks = markdownChunks(text);
    assert.ok(chunks.length > 2);
    assert.ok(chunks.every(({ isTooDense, gap }) => !isTooDense && gap === '\n\n'));
    assert.equal(chunks.map(({ markdown }) => markdown).join('\n'), text);
  });

  it('is never cut inside a fence, and one endless paragraph is told', () => {
    const fenced = `\`\`\`\n${'code\n'.repeat(8_000)}\`\`\``;
    assert.deepEqual(
      markdownChunks(fenced).map(({ isTooDense }) => isTooDense),
      [false],
    );
    for (const dense of ['!['.repeat(100_000), '*a '.repeat(4_000), '~~a '.repeat(2_000)]) {
      assert.deepEqual(
        markdownChunks(dense).map(({ isTooDense }) => isTooDense),
        [true],
      );
    }
  });
});
