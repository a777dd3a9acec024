// The pipelines: which one, its numbers, its picture.

import { get, path } from './api.js';
import { $, choices, empty, h, put } from './dom.js';
import { count, duration, rate, time } from './format.js';
import { live } from './live.js';
import { picture } from './picture.js';

const DOTS = { running: 'good', stopped: 'off', failed: 'bad' };

function facts() {
  const cells = {};
  const cell = (id, name) => h('div', null, h('dt', null, name), cells[id] = h('dd', null));
  const dot = h('span', { class: 'dot' });
  const word = h('span', null);
  const root = h('dl', { class: 'facts' },
    h('div', null, h('dt', null, 'State'), h('dd', null, h('span', { class: 'state' }, dot, word))),
    cell('rate', 'Events a second'), cell('events', 'Events'), cell('rows', 'Rows'), cell('watermark', 'Watermark, UTC'), cell('checkpoint', 'Checkpoint'), cell('aside', 'Set aside'));
  return {
    root,
    update(pipeline) {
      dot.className = `dot ${DOTS[pipeline.state]}`;
      put(word, pipeline.state === 'running' ? `running for ${duration((Date.now() - Date.parse(pipeline.started)) / 1000)}` : pipeline.state);
      put(cells.rate, rate(pipeline.events_per_second).replace('/s', ''));
      put(cells.events, count(pipeline.events));
      put(cells.rows, count(pipeline.rows));
      put(cells.watermark, time(pipeline.watermark));
      put(cells.checkpoint, pipeline.checkpoint === 0 ? 'none yet' : count(pipeline.checkpoint));
      put(cells.aside, `${count(pipeline.late)} late, ${count(pipeline.dead_letters)} dead`);
    },
  };
}

/** @param shown is told which pipeline is looked at, each time there are new numbers. */
export function startPipelines(shown) {
  const root = $('pipeline');
  const numbers = facts();
  const drawn = picture();
  const reason = h('p', { class: 'reason', role: 'status', hidden: true });
  const card = h('div', { class: 'card' }, numbers.root, reason, drawn.root);
  let chosen = null;
  let items = [];

  function show() {
    choices($('pipeline-choices'), items.length > 1 ? items.map((item) => ({ id: item.name, label: item.name })) : [], chosen, (name) => {
      chosen = name;
      show();
    });
    const pipeline = items.find((item) => item.name === chosen) ?? items[0];
    if (!pipeline) {
      root.replaceChildren(empty('No pipeline runs here yet.', 'Pipelines appear as soon as they have restored their state. To start one: ', h('code', null, './streamforge run examples/clickstream/pipeline.yaml')));
      shown(null);
      return;
    }
    chosen = pipeline.name;
    put($('pipelines-title'), items.length === 1 ? pipeline.name : 'Pipelines');
    if (!card.isConnected) root.replaceChildren(card);
    numbers.update(pipeline);
    reason.hidden = pipeline.state !== 'failed';
    put(reason, pipeline.reason ?? '');
    drawn.update(pipeline);
    shown(pipeline);
  }

  live(async (signal) => {
    items = (await get(path('pipelines'), {}, signal)).items;
    show();
  }, 1000);
  addEventListener('resize', () => items.length && show());
}
