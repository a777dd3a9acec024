// A key's features as a table: a row for each aggregate, a column for each window, the derived features below.
// The name of a row chooses what the drawing beside it shows.

import { h, put } from './dom.js';
import { time, value } from './format.js';

/** The aggregates of a view: name, and its feature in each window. */
export function aggregates(view) {
  const rows = new Map();
  for (const feature of view.features) {
    if (feature.window === null) continue;
    const name = feature.name.slice(0, -feature.window.length - 1);
    if (!rows.has(name)) rows.set(name, { name, description: feature.description, function: feature.function, type: feature.type, features: {} });
    rows.get(name).features[feature.window] = feature.name;
  }
  return [...rows.values()];
}

/** A name that may be broken after its underscores, where there is little room. */
const breakable = (name) => name.split('_').flatMap((word, i) => (i === 0 ? [word] : ['_', h('wbr'), word]));

export function valuesTable(view, pick) {
  const rows = aggregates(view);
  const cells = new Map();
  const cell = (feature) => {
    const element = h('td', { class: 'number' });
    cells.set(feature, element);
    return element;
  };
  const picks = new Map();
  const pickRow = (row) => {
    const line = h('tr', null, h('th', { scope: 'row', title: row.description }, h('button', { type: 'button', class: 'row-pick', onclick: () => pick(row) }, breakable(row.name))),
      view.windows.map((window) => (row.features[window.name] ? cell(row.features[window.name]) : h('td', null))));
    picks.set(row.name, line);
    return line;
  };
  const derived = view.features.filter((feature) => feature.window === null);
  const asof = h('p', { class: 'asof' });
  const root = h('div', null,
    h('div', { class: 'scroll' }, h('table', { class: 'values' },
      h('caption', { class: 'hidden' }, `Features of ${view.name} by window`),
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Feature'), view.windows.map((window) => h('th', { scope: 'col', class: 'number' }, window.name.replaceAll('_', ' '))))),
      h('tbody', null, rows.map(pickRow), derived.map((feature) => {
        const element = cell(feature.name);
        element.setAttribute('colspan', Math.max(1, view.windows.length));
        return h('tr', null, h('th', { scope: 'row', title: feature.description ?? 'derived from the features above' }, feature.name), element);
      })))),
    asof);
  return {
    root,
    update(answer, picked) {
      for (const [feature, element] of cells) {
        const text = value(answer.features[feature]);
        put(element, text ?? '–');
        element.title = text === null ? 'no value: nothing in the window to compute it from' : text;
        element.classList.toggle('none', text === null);
      }
      for (const [name, line] of picks) {
        line.classList.toggle('picked', name === picked);
        line.querySelector('button').setAttribute('aria-pressed', String(name === picked));
      }
      put(asof, `As of ${time(answer.at)} UTC. Newest event of the view: ${time(answer.newest_event)}, watermark: ${time(answer.watermark)}.`);
    },
  };
}
