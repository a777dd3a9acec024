// The lakehouse's tables: newest snapshots and newest rows of one of them.

import { get, path } from './api.js';
import { $, choices, empty, h, table } from './dom.js';
import { bytes, count, plural, time, value } from './format.js';
import { live } from './live.js';

const SNAPSHOTS = 8;
const ROWS = 8;

export function startTables() {
  const body = $('tables-body');
  let chosen = null;
  let shown = '';

  function show(item, snapshots, rows) {
    const now = JSON.stringify([item, snapshots.items[0]?.snapshot_id]);
    if (now === shown) return;
    shown = now;
    body.replaceChildren(h('div', { class: 'card' },
      h('dl', { class: 'facts' }, [['Rows', count(item.rows)], ['Files', count(item.files)], ['Size', bytes(item.bytes)], ['Snapshots', count(item.snapshots)], ['Format', item.file_format ?? '–']]
        .map(([name, text]) => h('div', null, h('dt', null, name), h('dd', null, text)))),
      h('div', { class: 'halves' },
        h('div', null, h('h3', null, 'Newest snapshots'), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Newest snapshots' },
          table(`Newest snapshots of ${item.table}`, ['Time, UTC', 'Operation', { text: 'Rows added', number: true }, { text: 'Files', number: true }],
            snapshots.items.map((snapshot) => [{ text: time(snapshot.time), title: `snapshot ${snapshot.snapshot_id}` }, snapshot.operation, { text: count(snapshot.added_rows), number: true }, { text: count(snapshot.added_files), number: true }])))),
        h('div', null, h('h3', null, 'Newest rows'), rows.items.length === 0 ? h('p', { class: 'note' }, 'No rows yet.')
          : h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Newest rows' },
            table(`Newest rows of ${item.table}`, rows.columns, rows.items.map((row) => rows.columns.map((column) => ({ text: value(row[column]), title: value(row[column]) }))), { class: 'rows' })))),
      h('div', { class: 'copy' }, h('code', { tabindex: '0', 'aria-label': 'Where the table is' }, item.location), h('span', { class: 'note' }, plural(item.snapshots, 'snapshot')))));
  }

  const part = live(async (signal) => {
    const { items } = await get(path('tables'), {}, signal);
    if (!items.some((item) => item.table === chosen)) chosen = items[0]?.table ?? null;
    choices($('table-choices'), items.map((item) => ({ id: item.table, label: item.table })), chosen, (name) => {
      chosen = name;
      shown = '';
      part.now();
    });
    if (chosen === null) {
      if (shown !== 'none') body.replaceChildren(empty('No tables yet.', 'A sink of type iceberg writes one; its snapshots and rows appear here with the first commit.'));
      shown = 'none';
      return;
    }
    const name = chosen;
    const [snapshots, rows] = await Promise.all([get(path('tables', name, 'snapshots'), { limit: SNAPSHOTS }, signal), get(path('tables', name, 'rows'), { limit: ROWS }, signal)]);
    if (name === chosen) show(items.find((item) => item.table === name), snapshots, rows);
  }, 3000);
}
