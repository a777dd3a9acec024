// What was set aside: events that came too late for a window, and events that could not be taken in, newest first, with the reason and the raw bytes.

import { get, path } from './api.js';
import { $, choices, empty, h } from './dom.js';
import { count, time } from './format.js';
import { live } from './live.js';

const STEP = 5;
const MOST = 200;

const KINDS = {
  late: { label: 'Late events', path: 'late', none: 'No late events.', why: 'An event that comes after a window has closed for good is listed here, with the windows that it missed; it still counts in the others.' },
  dead: { label: 'Dead letters', path: 'dead-letters', none: 'No dead letters.', why: 'An event that cannot be decoded, has no time, or fails an expectation is listed here with the reason.' },
};

/** "user_activity 1m, 30m and product_activity 1h" of "view.window" names. */
function missed(names) {
  const views = new Map();
  for (const name of names) {
    const point = name.lastIndexOf('.');
    const view = name.slice(0, point);
    views.set(view, [...views.get(view) ?? [], name.slice(point + 1).replaceAll('_', ' ')]);
  }
  return [...views].map(([view, windows]) => `${view} ${windows.join(', ')}`).join(' and ');
}

function line(item) {
  const headline = item.missed ? `Missed ${missed(item.missed)}` : item.reason;
  return h('li', null,
    h('h3', null, headline),
    h('p', { class: 'where' },
      h('span', null, `${item.source}, position ${item.position}`),
      item.missed && h('span', null, item.reason),
      item.event_time && h('span', null, `event time ${time(item.event_time)}`),
      item.watermark && h('span', null, `watermark then ${time(item.watermark)}`)),
    h('pre', { tabindex: item.raw.length > 1200 ? '0' : null, 'aria-label': item.raw.length > 1200 ? 'Raw bytes' : null }, item.raw || '(empty)'));
}

/** @returns a function that is told which pipeline is looked at. */
export function startAside() {
  const body = $('aside-body');
  const totals = { late: 0, dead: 0 };
  let pipeline = null;
  let kind = 'late';
  let limit = STEP;
  let shown = '';

  function show(list) {
    const now = JSON.stringify([pipeline, kind, limit, list.total]);
    if (now === shown) return;
    shown = now;
    if (list.total === 0) {
      body.replaceChildren(empty(KINDS[kind].none, KINDS[kind].why));
      return;
    }
    const more = list.next !== null && limit < MOST && h('div', { class: 'more' }, h('button', { type: 'button', class: 'quiet', onclick: () => { limit = Math.min(MOST, limit * 4); part.now(); } }, 'Show more'));
    body.replaceChildren(h('div', { class: 'card' }, h('ul', { class: 'events' }, list.items.map(line)), more));
  }

  const part = live(async (signal) => {
    if (pipeline === null) {
      body.replaceChildren();
      shown = '';
      return;
    }
    const [name, asked] = [pipeline, kind];
    const lists = Object.fromEntries(await Promise.all(Object.entries(KINDS).map(async ([id, { path: part }]) => [id, await get(path('pipelines', name, part), { order: 'newest', limit: id === asked ? limit : 1 }, signal)])));
    if (name !== pipeline || asked !== kind) return;
    for (const id of Object.keys(KINDS)) totals[id] = lists[id].total;
    choices($('aside-choices'), Object.entries(KINDS).map(([id, { label }]) => ({ id, label: `${label} ${count(totals[id])}` })), kind, (id) => {
      kind = id;
      limit = STEP;
      part.now();
    });
    show(lists[kind]);
  }, 4000);

  return (next) => {
    if (next === pipeline) return;
    pipeline = next;
    part.now();
  };
}
