// A pipeline as a picture. The frame is drawn anew when stages or the room change; numbers are put into it as they come.

import { h, put, svg, table } from './dom.js';
import { count, duration, plural, rate, time } from './format.js';
import { layout } from './layout.js';

const KINDS = { source: 'Source', transformation: 'Transformation', view: 'View', sink: 'Sink' };
const LATE_SECONDS = 60;

const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

function behind(node) {
  if (!node.watermark) return 'no watermark yet';
  if (node.lag_seconds === null) return node.progress !== null && node.progress < 1 ? `${Math.round(node.progress * 100)}% read` : `up to ${time(node.watermark)}`;
  return `${time(node.watermark)} · lag ${duration(node.lag_seconds)}`;
}

const side = (node) => (node.keys !== null ? plural(node.keys, 'key') : node.kind === 'transformation' ? '' : node.type === 'view' ? '' : node.type);

function drawBox({ node, x, y }, box) {
  const texts = { side: svg('text', { class: 'stage-more', x: box.width - 12, y: 21, 'text-anchor': 'end' }), rate: svg('text', { class: 'stage-rate', x: 16, y: 63 }), more: svg('text', { class: 'stage-more', x: 16, y: 81 }) };
  const letters = Math.floor((box.width - 28) / 7.6);
  const group = svg('g', { transform: `translate(${x} ${y})` },
    svg('rect', { class: 'box', width: box.width, height: box.height, rx: 9 }),
    svg('path', { class: `stripe ${node.kind}`, d: `M9 .5h-.5a8.5 8.5 0 0 0-8.5 8.5v${box.height - 18}a8.5 8.5 0 0 0 8.5 8.5H9a5 5 0 0 1-5-5V5.5a5 5 0 0 1 5-5Z` }),
    svg('text', { class: `kind ${node.kind}`, x: 16, y: 21 }, KINDS[node.kind]),
    svg('text', { class: 'stage-name', x: 16, y: 42 }, cut(node.name, letters), svg('title', null, node.detail ? `${node.name}: ${node.detail}` : node.name)),
    texts.side, texts.rate, texts.more);
  return { group, texts };
}

export function picture() {
  const holder = h('div', { class: 'picture' });
  const body = h('div', null);
  const numbers = h('details', { class: 'numbers' }, h('summary', null, 'The same as a table'), h('div', { class: 'scroll' }, body));
  const root = h('div', null, holder, numbers);
  let key = '';
  let boxes = new Map();
  let flows = [];
  let drawing = null;

  function frame(pipeline, room) {
    const { nodes, edges } = pipeline.stages;
    const vertical = room < 640;
    const box = vertical ? { width: Math.max(148, Math.min(230, Math.floor((room - 14) / 2))), height: 94 } : { width: 216, height: 94 };
    const depth = layout(nodes, edges, { box, gap: 0, spacing: 18, vertical: false }).width / box.width;
    const gap = vertical ? 34 : Math.max(48, Math.min(130, (room - depth * box.width) / Math.max(1, depth - 1)));
    const placed = layout(nodes, edges, { box, gap, spacing: vertical ? 12 : 18, vertical });
    boxes = new Map();
    flows = placed.paths.map(({ from, to, d }) => ({ from, to, pipe: svg('path', { class: 'pipe', d }), flow: svg('path', { class: 'flow', d }) }));
    drawing = svg('svg', { viewBox: `-1 -1 ${placed.width + 2} ${placed.height + 2}`, width: placed.width + 2, height: placed.height + 2, role: 'img' }, flows.flatMap((edge) => [edge.pipe, edge.flow]));
    for (const place of placed.boxes) {
      const drawn = drawBox(place, box);
      boxes.set(place.node.id, drawn.texts);
      drawing.append(drawn.group);
    }
    holder.replaceChildren(drawing);
  }

  function update(pipeline) {
    const { nodes, edges } = pipeline.stages;
    const room = Math.max(280, holder.clientWidth - 42);
    const now = JSON.stringify([pipeline.name, nodes.map((node) => node.id), edges, room]);
    if (now !== key) frame(pipeline, room);
    key = now;
    const byId = new Map(nodes.map((node) => [node.id, node]));
    for (const [id, texts] of boxes) {
      const node = byId.get(id);
      put(texts.side, side(node));
      put(texts.rate, `${rate(node.per_second)}  ·  ${count(node.count)}`);
      put(texts.more, behind(node));
      texts.more.classList.toggle('behind', (node.lag_seconds ?? 0) > LATE_SECONDS);
    }
    for (const { to, pipe, flow } of flows) {
      const speed = byId.get(to).per_second ?? 0;
      pipe.setAttribute('stroke-width', (3 + Math.log10(1 + speed)).toFixed(1));
      flow.setAttribute('stroke-width', (2 + Math.log10(1 + speed) / 2).toFixed(1));
      flow.classList.toggle('moving', speed > 0);
      flow.style.setProperty('--pace', `${Math.max(0.35, 1.6 - 0.35 * Math.log10(1 + speed)).toFixed(1)}s`);
    }
    drawing.setAttribute('aria-label', `${pipeline.name}: ${nodes.map((node) => `${KINDS[node.kind].toLowerCase()} ${node.name}`).join(', ')}. The table below has the numbers.`);
    if (!numbers.open && body.firstChild) return;
    body.replaceChildren(table(`Stages of ${pipeline.name}`, ['Stage', 'Kind', 'Reads', { text: 'Rows', number: true }, { text: 'Rows a second', number: true }, 'Watermark', { text: 'Lag', number: true }],
      nodes.map((node) => [node.name, KINDS[node.kind], edges.filter((edge) => edge.to === node.id).map((edge) => byId.get(edge.from).name).join(', ') || '–', { text: count(node.count), number: true },
        { text: rate(node.per_second), number: true }, time(node.watermark), { text: node.lag_seconds === null ? '–' : duration(node.lag_seconds), number: true }])));
  }

  return { root, update };
}
