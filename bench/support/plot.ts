/** A line chart as SVG, made by hand: no library, small in the repository, readable on a light and on a dark page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortly } from './question';

const folder = join(__dirname, '..', '..', 'docs', 'pictures');

export interface Line {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  /** Begins at nought, so that flat looks flat. */
  readonly y: string;
  /** Each step of the same width is ten times the one before. */
  readonly isLogarithmic?: boolean;
  readonly lines: readonly Line[];
}

const width = 720;
const height = 360;
const inner = { left: 64, right: width - 44, top: 48, bottom: height - 76 };
const colours = ['#2f7ed8', '#d9730d', '#2a9d5c', '#b0489f'];

const style = `
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #ccc; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .grid { stroke: #555 } }
`;

/** Into docs/pictures, and gives the path from docs on. */
export function writePlot(name: string, plot: Plot): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.svg`), drawPlot(plot));
  return `pictures/${name}.svg`;
}

export function drawPlot(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => x);
  const top = roundAbove(Math.max(...points.map(([, y]) => y)));
  const along = plot.isLogarithmic === true ? Math.log10 : (x: number) => x;
  const [from, to] = [along(Math.min(...xs)), along(Math.max(...xs))];
  const across = (x: number): number =>
    inner.left + ((along(x) - from) / (to - from || 1)) * (inner.right - inner.left);
  const up = (y: number): number => inner.bottom - (y / top) * (inner.bottom - inner.top);
  const marks = [...new Set(plot.isLogarithmic === true ? xs : evenly(Math.max(...xs)))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(plot.title)}</title>`,
    `<style>${style}</style>`,
    text(inner.left, 26, plot.title, 'class="title"'),
    ...evenly(top).flatMap((y) => [
      `<line class="grid" x1="${inner.left}" x2="${inner.right}" y1="${at(up(y))}" y2="${at(up(y))}"/>`,
      text(inner.left - 8, up(y) + 4, number(y), 'text-anchor="end"'),
    ]),
    ...marks
      .filter((x) => along(x) >= from)
      .map((x) => text(across(x), inner.bottom + 20, number(x), 'text-anchor="middle"')),
    text((inner.left + inner.right) / 2, inner.bottom + 40, plot.x, 'text-anchor="middle"'),
    text(inner.left, inner.top - 6, plot.y, 'text-anchor="start"'),
    ...plot.lines.flatMap((line, place) => drawLine(line, place, across, up)),
    '</svg>',
    '',
  ].join('\n');
}

function drawLine(
  { name, points }: Line,
  place: number,
  across: (x: number) => number,
  up: (y: number) => number,
): string[] {
  const colour = colours[place % colours.length];
  const path = points.map(([x, y]) => `${at(across(x))},${at(up(y))}`);
  const legend = { x: inner.left + place * 200, y: height - 14 };
  return [
    `<polyline class="line" stroke="${colour}" points="${path.join(' ')}"/>`,
    ...points.map(([x, y]) => `<circle cx="${at(across(x))}" cy="${at(up(y))}" r="3" fill="${colour}"/>`),
    `<rect x="${legend.x}" y="${legend.y - 7}" width="18" height="4" fill="${colour}"/>`,
    text(legend.x + 24, legend.y, name),
  ];
}

/** Nought, the end and what lies between in four or five steps of a round size. */
function evenly(end: number): number[] {
  const step = roundAbove(end / 5);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, place) => place * step);
}

/** 1, 2 or 5 with noughts. */
function roundAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power;
}

const at = (place: number): string => place.toFixed(1);
const text = (x: number, y: number, words: string, attributes = ''): string =>
  `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escaped(words)}</text>`;
const number = (value: number): string =>
  Number.isInteger(value) ? value.toLocaleString('en-US').replaceAll(',', '\u00a0') : shortly(value);
const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
