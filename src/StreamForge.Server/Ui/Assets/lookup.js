// Look a key up: choose a view, write its key, see its features and what they are made of, live.

import { Away, curl, get, path } from './api.js';
import { chart } from './chart.js';
import { $, empty, h, put } from './dom.js';
import { live } from './live.js';
import { aggregates, valuesTable } from './values.js';

const SUGGESTED = 5;

export async function startLookup() {
  const body = $('lookup-body');
  const views = await loadViews(body);
  if (views.length === 0) {
    body.replaceChildren(empty('No view to look into.', 'A pipeline with a features section makes views; their keys can be looked up here.'));
    return;
  }
  const select = h('select', { id: 'view', onchange: () => open(views.find((view) => view.name === select.value)) }, views.map((view) => h('option', { value: view.name }, view.name)));
  const fields = h('div', { class: 'ask-fields' });
  const tries = h('p', { class: 'tries' });
  const form = h('form', { class: 'ask', 'aria-label': 'Key', onsubmit: (event) => { event.preventDefault(); look(written()); } },
    h('div', { class: 'field' }, h('label', { for: 'view' }, 'View'), select), fields, h('button', { class: 'primary', type: 'submit' }, 'Look up'), tries);
  const result = h('div', { 'aria-live': 'off' });
  const said = h('p', { class: 'hidden', role: 'status' });
  const call = h('code', { tabindex: '0', 'aria-label': 'The same as a curl command' });
  const copy = h('button', { type: 'button', class: 'quiet', onclick: copyCall }, 'Copy');
  body.replaceChildren(h('div', { class: 'card' }, form, said, result, h('div', { class: 'copy' }, call, copy)));

  let view = null;
  let asking = null;

  const written = () => Object.fromEntries(view.entity.map((column) => [column.name, $(`key-${column.name}`).value.trim()]));

  async function copyCall() {
    try {
      await navigator.clipboard.writeText(call.textContent);
      put(copy, 'Copied');
    } catch {
      getSelection().selectAllChildren(call);
      put(copy, 'Selected');
    }
    setTimeout(() => put(copy, 'Copy'), 2000);
  }

  async function open(next) {
    view = next;
    asking?.stop();
    fields.replaceChildren(...view.entity.map((column) => h('div', { class: 'field' },
      h('label', { for: `key-${column.name}` }, column.name, h('span', { class: 'note' }, ` ${column.type}`)),
      h('input', { id: `key-${column.name}`, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', required: true }))));
    tries.replaceChildren();
    result.replaceChildren();
    const known = await suggest(view);
    if (view !== next) return;
    tries.replaceChildren(...known.length ? ['Try ', ...known.map((key) => h('button', { type: 'button', onclick: () => use(key) }, Object.values(key).join(', ')))] : []);
    if (known.length > 0) use(known[0]);
    else result.replaceChildren(h('p', { class: 'fault mild' }, h('strong', null, 'No keys yet.'), 'As soon as events arrive there is something to look up.'));
  }

  function use(key) {
    for (const column of view.entity) $(`key-${column.name}`).value = key[column.name];
    look(written());
  }

  function look(key) {
    asking?.stop();
    const at = path('views', view.name);
    put(call, curl(at, key));
    const shown = answerOf(view, key, result, (words) => put(said, words));
    asking = live((signal) => shown(signal), 1000);
  }

  await open(views[0]);
}

async function loadViews(body) {
  for (;;) {
    try {
      return (await get(path('views'))).items;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      body.replaceChildren(empty('Waiting for the server.', 'The views appear when it answers.'));
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
  }
}

async function suggest(view) {
  try {
    return (await get(path('views', view.name, 'keys'), { limit: SUGGESTED })).items.map((item) => item.entity);
  } catch {
    return [];
  }
}

/** One key's answer: returns what asks for it and shows it, each time anew. */
function answerOf(view, key, result, say) {
  const rows = aggregates(view);
  let row = rows[0];
  let asked = null;
  const values = valuesTable(view, (chosen) => {
    row = chosen;
    asked?.();
  });
  const drawn = chart();
  const card = h('div', { class: 'answer' }, h('div', null, values.root), drawn.root);
  const words = Object.entries(key).map(([name, text]) => `${name} ${text}`).join(', ');
  let heard = false;

  function fault(title, sentence, mild) {
    const shown = result.querySelector('.fault');
    if (shown?.textContent !== title + sentence) result.replaceChildren(h('div', { class: mild ? 'fault mild' : 'fault' }, h('strong', null, title), sentence));
    if (!heard) say(`${title} ${sentence}`);
    heard = true;
  }

  return async function show(signal) {
    asked = () => show(signal).catch(() => {});
    try {
      const picked = row;
      const [answer, ...tiles] = await Promise.all([
        get(path('views', view.name), key, signal),
        ...view.windows.filter((window) => picked?.features[window.name]).map((window) => get(path('views', view.name, 'tiles', picked.features[window.name]), key, signal)),
      ]);
      if (signal.aborted || picked !== row) return;
      if (Object.values(answer.status).every((status) => status === 'NOT_FOUND')) {
        fault(`${view.name} has nothing for ${words}.`, 'The key is written correctly, but no event with it has arrived. It appears here as soon as one does.', true);
        return;
      }
      if (!card.isConnected) result.replaceChildren(card);
      values.update(answer, picked?.name);
      drawn.root.hidden = tiles.length === 0;
      if (tiles.length > 0) drawn.update(picked.name, picked.description, tiles);
      if (!heard) say(`Features of ${words} are shown and kept up to date.`);
      heard = true;
    } catch (error) {
      if (signal.aborted || error instanceof Away) throw error;
      fault('This cannot be looked up.', `${error.message[0].toUpperCase()}${error.message.slice(1)}.`, false);
    }
  };
}
