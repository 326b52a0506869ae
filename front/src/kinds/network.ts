// A network: a force layout that comes out the same every time, size by degree, signs by colour, few labels.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationLinkDatum, type SimulationNodeDatum } from "d3-force";
import { distinct, isNumber, length, ofFacet, type Cell, type Chart, type Columns, type View } from "../chart";
import { category, FAINT, GREY, HELPS, HURTS, INK, PAPER } from "../colours";
import { cell, number } from "../numbers";
import { key, tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const MOST_LINKS = 1500;

interface Node extends SimulationNodeDatum {
  name: string;
  degree: number;
  size: number;
  group: string;
  facts: string[];
}

interface Link extends SimulationLinkDatum<Node> {
  source: Node;
  target: Node;
  weight: number;
  sign: number;
}

interface Laid {
  nodes: Node[];
  links: Link[];
  leftOut: number;
}

const laidOut = new Map<string, Laid>();

export function drawNetwork(chart: Chart, view: View): Drawn {
  const place = `${chart.id}\u0000${view.facet ?? ""}\u0000${chart.title}`;
  const data = ofFacet(chart.data, view.facet);
  let laid = view.plain ? undefined : laidOut.get(place);
  if (!laid) {
    laid = lay(data, chart);
    laidOut.set(place, laid);
  }
  return paint(chart, view, laid);
}

function lay(data: Columns, chart: Chart): Laid {
  const rows = Array.from({ length: length(data) }, (_, k) => k);
  const weight = (k: number) => (isNumber(data.weight?.[k]) ? (data.weight[k] as number) : 1);
  const strongest = rows.length > MOST_LINKS ? rows.sort((a, b) => Math.abs(weight(b)) - Math.abs(weight(a)) || a - b).slice(0, MOST_LINKS) : rows;
  const facts = factsOf(chart.also.nodes);
  const nodes = new Map<string, Node>();
  const node = (name: string): Node => {
    if (!nodes.has(name)) nodes.set(name, { name, degree: 0, size: NaN, group: "", facts: [], ...facts.get(name) });
    return nodes.get(name)!;
  };
  if (rows.length <= MOST_LINKS) for (const name of facts.keys()) node(name);
  const links = strongest.map((k): Link => {
    const sign = data.sign?.[k];
    return { source: node(String(data.source[k])), target: node(String(data.target[k])), weight: weight(k), sign: isNumber(sign) ? Math.sign(sign) : sign === "−" || sign === "-" || sign === "negative" ? -1 : data.sign ? 1 : 0 };
  });
  for (const link of links) {
    link.source.degree++;
    link.target.degree++;
  }
  const all = [...nodes.values()];
  const many = all.length;
  const isLarge = many > 150;
  const turns = isLarge ? 70 : 150;
  const simulation = forceSimulation(all)
    .force("charge", forceManyBody().strength(-30 - 4000 / Math.max(10, many)).theta(many > 150 ? 1.1 : 0.8))
    .force("link", forceLink<Node, Link>(links).distance(many > 80 ? 40 : 70).iterations(1))
    .force("x", forceX(0).strength(isLarge ? 0.14 : 0.06))
    .force("y", forceY(0).strength(isLarge ? 0.2 : 0.09))
    .alphaDecay(1 - 0.001 ** (1 / turns))
    .stop();
  if (!isLarge) simulation.force("collide", forceCollide<Node>((one) => 5 + 2.4 * Math.sqrt(one.degree)));
  simulation.tick(turns);
  return { nodes: all, links, leftOut: rows.length - links.length };
}

function factsOf(table: Columns | undefined): Map<string, Partial<Node>> {
  const found = new Map<string, Partial<Node>>();
  if (!table?.label) return found;
  const others = Object.keys(table).filter((name) => name !== "label");
  table.label.forEach((label, k) => {
    const facts = others.map((name) => `${name.replace(/_/g, " ")}: ${cell(table[name][k] as Cell)}`);
    const size = table.size?.[k];
    found.set(String(label), { size: isNumber(size) ? size : NaN, group: table.group ? String(table.group[k]) : "", facts });
  });
  return found;
}

function paint(chart: Chart, view: View, { nodes, links, leftOut }: Laid): Drawn {
  const groups = distinct(nodes.map((one) => one.group)).filter(Boolean);
  const signedLinks = links.some((link) => link.sign < 0);
  const hue = new Map(groups.map((group, k) => [group, category(k)]));
  const entries = [
    ...(groups.length > 1 ? groups.slice(0, 8).map((group) => ({ text: fitted(spoken(group), 180), colour: hue.get(group)!, shape: "dot" as const })) : []),
    ...(signedLinks ? [{ text: "helps", colour: HELPS }, { text: "hurts", colour: HURTS, dash: "5 3" }] : []),
  ];
  const legend = key(entries, view.width);
    const most = Math.max(1, ...nodes.map((one) => (Number.isFinite(one.size) ? one.size : one.degree)));
  const radius = (one: Node) => (nodes.length > 200 ? 2 : 3) + (nodes.length > 200 ? 12 : 13) * Math.sqrt((Number.isFinite(one.size) ? Math.max(0, one.size) : one.degree) / most);
  const { x, y, height } = fit(nodes, view.width, legend.height);
  const heaviest = Math.max(1e-300, ...links.map((link) => Math.abs(link.weight)));
  const kept = new Set(view.kept ?? []);
  const near = new Set(links.flatMap((link) => (kept.has(link.source.name) || kept.has(link.target.name) ? [link.source.name, link.target.name] : [])));
  const faint = (...names: string[]) => kept.size > 0 && !names.some((name) => kept.has(name));
  const arrows = chart.options.directed && links.length <= 300;

  const lines = links.map((link) => {
    const [x1, y1, x2, y2] = [x(link.source), y(link.source), x(link.target), y(link.target)];
    const long = Math.hypot(x2 - x1, y2 - y1) || 1;
    const stop = (radius(link.target) + (arrows ? 3 : 0)) / long;
    const [ex, ey] = [x2 - (x2 - x1) * stop, y2 - (y2 - y1) * stop];
    const bend = chart.options.directed ? 0.12 : 0;
    const [mx, my] = [(x1 + ex) / 2 - (ey - y1) * bend, (y1 + ey) / 2 + (ex - x1) * bend];
    const colour = link.sign > 0 && signedLinks ? HELPS : link.sign < 0 ? HURTS : GREY;
    const strong = Math.abs(link.weight) / heaviest;
    const head = arrows ? arrow(mx, my, ex, ey, colour) : "";
    return tag("g", { class: "mark", opacity: faint(link.source.name, link.target.name) ? 0.08 : signedLinks ? 0.8 : 0.35 + 0.4 * strong },
      tag("path", { d: `M${x1.toFixed(1)} ${y1.toFixed(1)}Q${mx.toFixed(1)} ${my.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}`, fill: "none", stroke: colour, "stroke-width": (links.length > 600 ? 0.4 : 0.7) + 2.2 * strong, "stroke-dasharray": link.sign < 0 ? "5 3" : undefined }), head);
  });
  const dots = [...nodes].sort((a, b) => radius(b) - radius(a)).map((one) => tag("circle", {
    cx: x(one), cy: y(one), r: radius(one), fill: hue.get(one.group) && groups.length > 1 ? hue.get(one.group) : "var(--v-c0)", stroke: kept.has(one.name) ? INK : PAPER, "stroke-width": kept.has(one.name) ? 2 : 1,
    class: "mark node", opacity: kept.size && !kept.has(one.name) && !near.has(one.name) ? 0.2 : undefined,
    ...tip([one.name, `links: ${one.degree}`, ...one.facts], one.name),
  }));
  const notes = leftOut > 0 ? [`The strongest ${number(links.length)} links are drawn; ${number(leftOut)} are left out.`] : [];
  return { height: height + legend.height, marks: [legend.marks, ...lines, ...dots, names(nodes, x, y, radius, view, kept, near, legend.height, height)].join(""), notes };
}

/** The layout in the frame, as tall as it needs to be. */
function fit(nodes: Node[], width: number, top: number): { x: (one: Node) => number; y: (one: Node) => number; height: number } {
  const span = (values: number[]) => [Math.min(...values), Math.max(...values)];
  const [left, right] = span(nodes.map((one) => one.x ?? 0));
  const [low, high] = span(nodes.map((one) => one.y ?? 0));
  const side = Math.min(70, width * 0.1);
  const tallest = Math.min(640, width * 0.95) - 60;
  const scale = Math.min((width - 2 * side) / Math.max(1, right - left), tallest / Math.max(1, high - low), 1.9);
  const height = Math.max(160, (high - low) * scale + 70);
  const [cx, cy] = [(left + right) / 2, (low + high) / 2];
  return { x: (one) => width / 2 + ((one.x ?? 0) - cx) * scale, y: (one) => top + height / 2 + ((one.y ?? 0) - cy) * scale, height };
}

function arrow(fx: number, fy: number, x: number, y: number, colour: string): string {
  const angle = Math.atan2(y - fy, x - fx);
  const at = (turn: number) => `${(x - 6 * Math.cos(angle + turn)).toFixed(1)} ${(y - 6 * Math.sin(angle + turn)).toFixed(1)}`;
  return tag("path", { d: `M${x.toFixed(1)} ${y.toFixed(1)}L${at(0.45)}L${at(-0.45)}Z`, fill: colour });
}

/** Names of the best tied, each only where it covers no other. */
function names(nodes: Node[], x: (one: Node) => number, y: (one: Node) => number, radius: (one: Node) => number, view: View, kept: Set<string>, near: Set<string>, top: number, height: number): string {
  const wanted = kept.size ? nodes.filter((one) => kept.has(one.name) || near.has(one.name)) : nodes;
  const order = [...wanted].sort((a, b) => Number(kept.has(b.name)) - Number(kept.has(a.name)) || radius(b) - radius(a));
  const taken: [number, number, number, number][] = [];
  const made: string[] = [];
  const isNarrow = view.width < 520;
  const limit = kept.size ? 30 : (isNarrow ? 12 : 28) / (nodes.length > 150 ? 2 : 1);
  for (const one of order) {
    if (made.length >= limit) break;
    const text = fitted(spoken(one.name), isNarrow ? 110 : 150, 12);
    const wide = textWidth(text, 12);
    const inward = Math.max(Math.min(wide / 2, view.width / 2 - 3) + 3 - x(one), Math.min(0, view.width - wide / 2 - 3 - x(one))); // away from the edge
    for (const [dx, dy] of [[inward, radius(one) + 13], [inward, -radius(one) - 5], [radius(one) + 5 + wide / 2, 4], [-radius(one) - 5 - wide / 2, 4]]) {
      const box: [number, number, number, number] = [x(one) + dx - wide / 2 - 2, y(one) + dy - 11, x(one) + dx + wide / 2 + 2, y(one) + dy + 4];
      if (box[0] < 0 || box[2] > view.width || box[1] < top || box[3] > top + height) continue;
      const covers = nodes.some((other) => other !== one && radius(other) > 5 && x(other) + radius(other) > box[0] && x(other) - radius(other) < box[2] && y(other) + radius(other) > box[1] && y(other) - radius(other) < box[3]);
      if ((covers && !kept.has(one.name) && (isNarrow || made.length >= 6)) || taken.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) continue;
      taken.push(box);
      made.push(words(text, x(one) + dx, y(one) + dy, { fill: INK, "text-anchor": "middle", "font-weight": kept.has(one.name) ? 600 : undefined, "pointer-events": "none", stroke: PAPER, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" }));
      break;
    }
  }
  return made.join("") || tag("g", { stroke: FAINT });
}
