// Places a pipeline's stages in columns (or, where there is little room, rows): a stage stands after all that it reads, views after all transformations, sinks last.
// Edges that pass a column are led through it by a narrow place of their own, so that no line runs behind a box. Pure: numbers in, numbers out.

const PASSAGE = 18;

function layersOf(nodes, edges) {
  const layer = new Map(nodes.map((node) => [node.id, 0]));
  const settle = () => {
    for (let round = 0, moved = true; moved && round <= nodes.length; round++) {
      moved = false;
      for (const { from, to } of edges) {
        if (layer.get(to) > layer.get(from)) continue;
        layer.set(to, layer.get(from) + 1);
        moved = true;
      }
    }
  };
  settle();
  const after = (kinds) => Math.max(0, ...nodes.filter((node) => kinds.includes(node.kind)).map((node) => layer.get(node.id))) + 1;
  for (const node of nodes) if (node.kind === 'view') layer.set(node.id, Math.max(layer.get(node.id), after(['source', 'transformation'])));
  settle();
  // Sinks stand together, beside the views when none reads a view.
  const end = Math.max(after(['source', 'transformation']), ...nodes.filter((node) => node.kind === 'sink').map((node) => layer.get(node.id)));
  for (const node of nodes) if (node.kind === 'sink') layer.set(node.id, end);
  return layer;
}

/** Columns of places: boxes and passages. Each passage belongs to one edge. */
function columnsOf(nodes, edges, layer) {
  const columns = Array.from({ length: Math.max(...layer.values()) + 1 }, () => []);
  const places = new Map();
  for (const node of nodes) {
    const place = { node, before: [], after: [] };
    places.set(node.id, place);
    columns[layer.get(node.id)].push(place);
  }
  const routes = edges.map(({ from, to }) => {
    const route = [places.get(from)];
    for (let i = layer.get(from) + 1; i < layer.get(to); i++) {
      const passage = { node: null, before: [], after: [] };
      columns[i].push(passage);
      route.push(passage);
    }
    route.push(places.get(to));
    for (let i = 1; i < route.length; i++) {
      route[i - 1].after.push(route[i]);
      route[i].before.push(route[i - 1]);
    }
    return { from, to, places: route };
  });
  return { columns, routes };
}

/** Fewer crossings: each column is sorted by where its neighbours stand, there and back. */
function untangle(columns) {
  const number = (column) => column.forEach((place, i) => { place.order = i; });
  const middle = (near, place) => (near.length ? near.reduce((sum, other) => sum + other.order, 0) / near.length : place.order);
  columns.forEach(number);
  for (let round = 0; round < 4; round++) {
    const forward = round % 2 === 0;
    for (const column of forward ? columns : [...columns].reverse()) {
      const wanted = new Map(column.map((place) => [place, middle(forward ? place.before : place.after, place)]));
      column.sort((a, b) => wanted.get(a) - wanted.get(b));
      number(column);
    }
  }
}

/** @returns {{width, height, boxes: [{node, x, y}], paths: [{from, to, d}]}} */
export function layout(nodes, edges, { box, gap, spacing, vertical }) {
  if (nodes.length === 0) return { width: 0, height: 0, boxes: [], paths: [] };
  const { columns, routes } = columnsOf(nodes, edges, layersOf(nodes, edges));
  untangle(columns);
  // "Along" is the direction of the flow, "across" the other one.
  const [along, across] = vertical ? [box.height, box.width] : [box.width, box.height];
  const thickness = (place) => (place.node ? across : PASSAGE);
  const extent = (column) => column.reduce((sum, place) => sum + thickness(place) + spacing, -spacing);
  const widest = Math.max(...columns.map(extent));
  columns.forEach((column, i) => {
    let at = (widest - extent(column)) / 2;
    for (const place of column) {
      place.along = i * (along + gap);
      place.across = at + thickness(place) / 2;
      at += thickness(place) + spacing;
    }
  });
  const point = (a, c) => (vertical ? `${c} ${a}` : `${a} ${c}`);
  const paths = routes.map(({ from, to, places }) => {
    let d = `M${point(places[0].along + along, places[0].across)}`;
    for (let i = 1; i < places.length; i++) {
      const [start, end] = [places[i - 1].along + along, places[i].along];
      const bend = (end - start) / 2;
      d += ` C${point(start + bend, places[i - 1].across)} ${point(end - bend, places[i].across)} ${point(end, places[i].across)}`;
      if (!places[i].node) d += ` L${point(end + along, places[i].across)}`;
    }
    return { from, to, d };
  });
  const length = columns.length * (along + gap) - gap;
  const boxes = columns.flat().filter((place) => place.node)
    .map(({ node, along: a, across: c }) => (vertical ? { node, x: c - across / 2, y: a } : { node, x: a, y: c - across / 2 }));
  return { width: vertical ? widest : length, height: vertical ? length : widest, boxes, paths };
}
