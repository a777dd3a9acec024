// One feature over its windows: for each window the tiles that it is computed from as bars on a time axis, and a bracket over the interval that counts.

import { h, put, svg, table } from './dom.js';
import { amount, tick, time, value } from './format.js';

const HEIGHT = 112;
const FLOOR = 86;
const CEILING = 34;
const STEPS = [1e3, 5e3, 1e4, 15e3, 3e4, 6e4, 3e5, 6e5, 9e5, 18e5, 36e5, 108e5, 216e5, 432e5, 864e5, 1728e5, 6048e5, 2592e6, 7776e6, 31536e6];

/** What an axis shows: the window, a little before it, and the tile that is being filled. */
function span(answer) {
  const tiles = answer.tiles.filter((tile) => tile.from);
  const to = Math.max(Date.parse(answer.effective.to), ...tiles.map((tile) => Date.parse(tile.to)));
  const begin = answer.effective.from ? Date.parse(answer.effective.from) : Math.min(to - 36e5, ...tiles.map((tile) => Date.parse(tile.from)));
  const pad = (to - begin) * (answer.effective.from ? 0.03 : 0.1);
  return { from: begin - pad, to: to + pad * 0.4 };
}

function drawAxis(parts, from, to, x, width) {
  const step = STEPS.find((candidate) => (to - from) / candidate <= width / 90) ?? STEPS.at(-1);
  parts.push(svg('line', { class: 'axis', x1: 0, x2: width, y1: FLOOR + 0.5, y2: FLOOR + 0.5 }));
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    parts.push(svg('line', { class: 'axis', x1: x(at), x2: x(at), y1: FLOOR, y2: FLOOR + 4 }));
    if (x(at) > 18 && x(at) < width - 18) parts.push(svg('text', { class: 'tick', x: x(at), y: FLOOR + 18, 'text-anchor': 'middle' }, tick(at, step)));
  }
}

function drawTiles(parts, tiles, from, x) {
  const amounts = tiles.map((tile) => amount(tile.value) ?? 0);
  const [least, most] = [Math.min(0, ...amounts), Math.max(0, ...amounts)];
  const y = (number) => FLOOR - ((number - least) / (most - least || 1)) * (FLOOR - CEILING);
  for (const [i, tile] of tiles.entries()) {
    const left = tile.from ? x(Date.parse(tile.from)) : 0;
    const width = Math.max(1.5, x(Date.parse(tile.to)) - left);
    const inset = width > 6 ? 1 : width > 3 ? 0.5 : 0;
    const hasBar = amount(tile.value) !== null;
    const title = svg('title', null, `${tile.from ? time(tile.from) : 'before'} to ${time(tile.to)}: ${value(tile.value) ?? 'no value'}`);
    // A text has no height; a mark says that the tile has one.
    const [top, height] = hasBar ? [Math.min(y(amounts[i]), y(0)), Math.abs(y(0) - y(amounts[i]))] : [FLOOR - (tile.value === null ? 3 : 14), tile.value === null ? 0 : 14];
    parts.push(svg('rect', { class: 'tile', x: left + inset, y: top, width: width - 2 * inset, height, rx: Math.min(2, width / 4) }, title));
  }
}

function drawBracket(parts, answer, from, x) {
  const left = answer.effective.from ? x(Date.parse(answer.effective.from)) : 0;
  const right = x(Date.parse(answer.effective.to));
  parts.push(svg('path', { class: 'bracket', d: `${answer.effective.from ? `M${left} 27V21H` : `M${left} 21H`}${right}V27` }));
}

function draw(answer, width) {
  const { from, to } = span(answer);
  const x = (at) => ((at - from) / (to - from)) * width;
  const parts = [];
  drawAxis(parts, from, to, x, width);
  drawTiles(parts, answer.tiles, from, x);
  drawBracket(parts, answer, from, x);
  parts.push(svg('text', { class: 'bracket-name', x: 0, y: 13 }, answer.window.replaceAll('_', ' ')));
  parts.push(svg('text', { class: 'bracket-value', x: width, y: 13, 'text-anchor': 'end' }, `${answer.feature} = ${value(answer.value) ?? 'no value'}`));
  return parts;
}

const interval = (answer) => `${answer.effective.from ? `from ${time(answer.effective.from)}` : 'everything'} to ${time(answer.effective.to)}`;

export function chart() {
  const title = h('h3', null);
  const words = h('p', null);
  const panels = h('div', { class: 'chart' });
  const body = h('div', { class: 'scroll' });
  const numbers = h('details', null, h('summary', null, 'The tiles as a table'), body);
  const root = h('div', { class: 'drawn' }, h('div', { class: 'chart-head' }, title, words), panels, numbers);
  let answers = [];

  function fill() {
    if (!numbers.open) return;
    body.replaceChildren(table(`Tiles of ${title.textContent}`, ['Window', 'From', 'To', { text: 'Value', number: true }],
      answers.flatMap((answer) => answer.tiles.map((tile) => [answer.window, tile.from ? time(tile.from) : 'the beginning', time(tile.to), { text: value(tile.value), number: true }]))));
  }
  numbers.addEventListener('toggle', fill);

  return {
    root,
    update(name, description, all) {
      answers = all;
      put(title, name);
      put(words, description ?? 'Bars are tiles; a bracket spans what counts now.');
      while (panels.children.length > all.length) panels.lastChild.remove();
      while (panels.children.length < all.length) panels.append(svg('svg', { role: 'img' }));
      const width = Math.max(240, panels.clientWidth);
      for (const [i, answer] of all.entries()) {
        panels.children[i].setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
        panels.children[i].setAttribute('aria-label', `${answer.feature}, ${interval(answer)}: ${value(answer.value) ?? 'no value'}, from ${answer.tiles.length} tiles`);
        panels.children[i].replaceChildren(...draw(answer, width));
      }
      fill();
    },
  };
}
