// Elements without a framework: h(name, attributes, ...children) makes one, put() changes a text only when it differs.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

export const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

export const $ = (id) => document.getElementById(id);

/** Sets an element's text where it is another one, so that screen readers and selections are left in peace. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A group of buttons of which one is pressed. Kept while the names stay, so that the focus does. */
export function choices(root, items, chosen, choose) {
  const key = JSON.stringify(items.map((item) => item.id));
  if (root.dataset.key !== key) {
    root.dataset.key = key;
    root.replaceChildren(...items.map((item) => h('button', { type: 'button', 'data-id': item.id, onclick: () => choose(item.id) })));
  }
  root.hidden = items.length === 0;
  for (const [i, button] of [...root.children].entries()) {
    put(button, items[i].label);
    button.setAttribute('aria-pressed', String(items[i].id === chosen));
  }
}

/** A table with a header row; the first cell of a row is its header. Cells are texts, nodes, or {text, number, title}. */
export function table(caption, heads, rows, attributes = {}) {
  return h('table', attributes,
    h('caption', { class: 'hidden' }, caption),
    h('thead', null, h('tr', null, heads.map((head) => h('th', { scope: 'col', class: head.number && 'number' }, head.text ?? head)))),
    h('tbody', null, rows.map((row) => h('tr', null, row.map((cell, i) => {
      const { text, number, title } = cell?.nodeType || typeof cell !== 'object' || cell === null ? { text: cell } : cell;
      return h(i === 0 ? 'th' : 'td', { scope: i === 0 && 'row', class: [number && 'number', (text === null || text === undefined) && 'none'].filter(Boolean).join(' ') || null, title }, text ?? 'none');
    })))));
}

export const empty = (title, ...words) => h('div', { class: 'card empty' }, h('strong', null, title), words);
