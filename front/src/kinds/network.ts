// A network: places that come out the same every time, size by degree, signs by colour, few labels; nearer when asked.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationLinkDatum, type SimulationNodeDatum } from "d3-force";
import { distinct, isNumber, length, ofFacet, truth, type Cell, type Chart, type Columns, type View } from "../chart";
import { category, FAINT, GREY, HELPS, HURTS, INK, PAPER } from "../colours";
import { cell, number } from "../numbers";
import { key, tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const MOST_LINKS = 1500;
const LARGE = 150; // nodes from which circles and names are smaller and fewer
const UNIT = 322; // half the width of a picture, in whose measure the table of nodes gives places
const FILLED = 0.12; // the part of a large picture that its circles may fill
const GROUP = "\u0001"; // before the name of a group that is kept

interface Node extends SimulationNodeDatum {
  name: string;
  degree: number;
  size: number;
  group: string;
  facts: string[];
  at?: [number, number]; // its place, where the table of nodes gives one
}

interface Link extends SimulationLinkDatum<Node> {
  source: Node;
  target: Node;
  weight: number;
  sign: number;
  certain: boolean;
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
  const facts = factsOf(chart.also.nodes, chart.options.size ?? "size");
  const nodes = new Map<string, Node>();
  const node = (name: string): Node => {
    if (!nodes.has(name)) nodes.set(name, { name, degree: 0, size: NaN, group: "", facts: [], ...facts.get(name) });
    return nodes.get(name)!;
  };
  if (rows.length <= MOST_LINKS) for (const name of facts.keys()) node(name);
  const links = strongest.map((k): Link => {
    const sign = data.sign?.[k];
    return { source: node(String(data.source[k])), target: node(String(data.target[k])), weight: weight(k), sign: isNumber(sign) ? Math.sign(sign) : sign === "−" || sign === "-" || sign === "negative" ? -1 : data.sign ? 1 : 0, certain: !data.certain || truth(data.certain[k]) };
  });
  for (const link of links) {
    link.source.degree++;
    link.target.degree++;
  }
  const all = [...nodes.values()];
  if (all.length && all.every((one) => one.at)) for (const one of all) [one.x, one.y] = one.at!.map((place) => place * UNIT);
  else settle(all, links);
  return { nodes: all, links, leftOut: rows.length - links.length };
}

/** Forces move the nodes until they rest; no chance is in it. */
function settle(all: Node[], links: Link[]): void {
  const many = all.length;
  const isLarge = many > LARGE;
  const turns = isLarge ? 70 : 150;
  const simulation = forceSimulation(all)
    .force("charge", forceManyBody().strength(-30 - 4000 / Math.max(10, many)).theta(isLarge ? 1.1 : 0.8))
    .force("link", forceLink<Node, Link>(links).distance(many > 80 ? 40 : 70).iterations(1))
    .force("x", forceX(0).strength(isLarge ? 0.14 : 0.06))
    .force("y", forceY(0).strength(isLarge ? 0.2 : 0.09))
    .alphaDecay(1 - 0.001 ** (1 / turns))
    .stop();
  if (!isLarge) simulation.force("collide", forceCollide<Node>((one) => 5 + 2.4 * Math.sqrt(one.degree)));
  simulation.tick(turns);
}

function factsOf(table: Columns | undefined, ties: string): Map<string, Partial<Node>> {
  const found = new Map<string, Partial<Node>>();
  if (!table?.label) return found;
  const others = Object.keys(table).filter((name) => !["label", "size", "group", "x", "y"].includes(name));
  table.label.forEach((label, k) => {
    const group = table.group ? String(table.group[k]) : "";
    const [size, x, y] = [table.size?.[k], table.x?.[k], table.y?.[k]];
    const facts = [...(group ? [spoken(group)] : []), ...(isNumber(size) ? [`${ties}: ${number(size)}`] : [])];
    for (const name of others) facts.push(`${name.replace(/_/g, " ")}: ${cell(table[name][k] as Cell)}`);
    found.set(String(label), { size: isNumber(size) ? size : NaN, group, facts, ...(isNumber(x) && isNumber(y) ? { at: [x, y] } : {}) });
  });
  return found;
}

/** What is kept: nodes by name and whole groups; and all that they light: themselves, their members and neighbours. */
function lightOf(nodes: Node[], links: Link[], kept: string[]): { kept: Set<string>; lit: Set<string> } {
  const chosen = new Set(kept.filter((name) => !name.startsWith(GROUP)));
  const groups = new Set(kept.filter((name) => name.startsWith(GROUP)).map((name) => name.slice(1)));
  const lit = new Set([...chosen, ...nodes.filter((one) => groups.has(one.group)).map((one) => one.name)]);
  for (const { source, target } of links) {
    if (chosen.has(source.name)) lit.add(target.name);
    if (chosen.has(target.name)) lit.add(source.name);
  }
  return { kept: chosen, lit };
}

function paint(chart: Chart, view: View, { nodes, links, leftOut }: Laid): Drawn {
  const groups = distinct(nodes.map((one) => one.group)).filter(Boolean);
  const signedLinks = chart.options.helps !== undefined || links.some((link) => link.sign < 0);
  const hue = new Map(groups.map((group, k) => [group, category(k)]));
  const counted = (group: string) => nodes.filter((one) => one.group === group).length;
  const legend = key([
    ...(groups.length > 1 ? groups.slice(0, 8).map((group) => ({ text: fitted(spoken(group), 180), colour: hue.get(group)!, shape: "dot" as const, more: tip([spoken(group), `${number(counted(group))} drawn`], GROUP + group) })) : []),
    ...(signedLinks ? [{ text: "helps", colour: HELPS }, { text: "hurts", colour: HURTS, dash: "5 3" }] : []),
  ], view.width);
  const near = view.look?.near ?? 1;
  const isLarge = nodes.length > LARGE;
  const most = Math.max(1, ...nodes.map((one) => (Number.isFinite(one.size) ? one.size : one.degree)));
  const round = (one: Node) => (isLarge ? 2 : 3) + (isLarge ? 12 : 13) * Math.sqrt((Number.isFinite(one.size) ? Math.max(0, one.size) : one.degree) / most);
  const full = nodes.reduce((sum, one) => sum + (round(one) / UNIT) ** 2, 0);
  const grown = Math.sqrt(near) * (isLarge ? Math.max(0.55, Math.min(1, view.width / 760)) * Math.min(1, Math.sqrt(FILLED / full)) : 1);
  const radius = (one: Node) => grown * round(one);
  const frame = fit(nodes, view, legend.height);
  const { x, y, height } = frame;
  const seen = nodes.filter((one) => frame.holds(x(one), y(one), radius(one)));
  const heaviest = Math.max(1e-300, ...links.map((link) => Math.abs(link.weight)));
  const areEqual = links.every((link) => Math.abs(link.weight) === heaviest);
  const { kept, lit } = lightOf(nodes, links, view.kept ?? []);
  const isDim = (one: Node) => lit.size > 0 && !lit.has(one.name);
  const isLit = ({ source, target }: Link) => (kept.size ? kept.has(source.name) || kept.has(target.name) : !isDim(source) && !isDim(target));
  const arrows = chart.options.directed && links.length <= 300;

  const lines = [...links].filter((link) => frame.crosses(x(link.source), y(link.source), x(link.target), y(link.target))).sort((a, b) => Number(isLit(a)) - Number(isLit(b))).map((link) => {
    const [x1, y1, x2, y2] = [x(link.source), y(link.source), x(link.target), y(link.target)];
    const long = Math.hypot(x2 - x1, y2 - y1) || 1;
    const stop = (radius(link.target) + (arrows ? 3 : 0)) / long;
    const [ex, ey] = [x2 - (x2 - x1) * stop, y2 - (y2 - y1) * stop];
    const bend = chart.options.directed ? 0.12 : 0;
    const [mx, my] = [(x1 + ex) / 2 - (ey - y1) * bend, (y1 + ey) / 2 + (ex - x1) * bend];
    const colour = link.sign > 0 && signedLinks ? HELPS : link.sign < 0 ? HURTS : GREY;
    const strong = areEqual ? 0.2 : Math.abs(link.weight) / heaviest;
    const opacity = !isLit(link) ? 0.06 : !link.certain ? 0.3 : signedLinks ? 0.8 : kept.size ? 0.75 : (isLarge ? 0.28 : 0.35) + 0.4 * strong;
    const width = ((isLarge && !kept.size ? 0.5 : 0.8) + 2.2 * strong) * (isLarge && view.width < 520 ? 0.6 : 1);
    const course = bend ? `Q${mx.toFixed(1)} ${my.toFixed(1)} ${ex.toFixed(1)} ${ey.toFixed(1)}` : `L${ex.toFixed(1)} ${ey.toFixed(1)}`;
    const path = tag("path", { d: `M${x1.toFixed(1)} ${y1.toFixed(1)}${course}`, fill: "none", stroke: colour, "stroke-width": width, "stroke-dasharray": link.sign < 0 ? "5 3" : undefined, ...(arrows ? {} : { class: "mark", opacity }) });
    return arrows ? tag("g", { class: "mark", opacity }, path, arrow(mx, my, ex, ey, colour)) : path;
  });
  const drawnTies = (one: Node) => (Number.isFinite(one.size) && one.size !== one.degree ? [`${number(one.degree)} of them drawn`] : Number.isFinite(one.size) ? [] : [`links: ${one.degree}`]);
  const dots = [...seen].sort((a, b) => radius(b) - radius(a)).map((one) => tag("circle", {
    cx: x(one), cy: y(one), r: radius(one), fill: hue.get(one.group) && groups.length > 1 ? hue.get(one.group) : "var(--v-c0)", stroke: kept.has(one.name) ? INK : PAPER, "stroke-width": kept.has(one.name) ? 2 : isLarge ? 0.7 : 1,
    class: isDim(one) ? "mark node dim" : "mark node", opacity: isDim(one) ? 0.2 : undefined,
    ...tip([one.name, ...one.facts.slice(0, one.group ? 2 : 1), ...drawnTies(one), ...one.facts.slice(one.group ? 2 : 1)], one.name),
  }));
  const notes = leftOut > 0 ? [`The strongest ${number(links.length)} links are drawn; ${number(leftOut)} are left out.`] : [];
  const inside = [...lines, ...dots, names(seen, x, y, radius, view, kept, lit, legend.height, height)].join("");
  const marks = near === 1 ? inside : tag("svg", { x: 0, y: legend.height, width: view.width, height, viewBox: `0 ${legend.height} ${view.width} ${height}`, overflow: "hidden" }, inside);
  return { height: height + legend.height, marks: legend.marks + marks, notes };
}

interface Frame {
  x: (one: Node) => number;
  y: (one: Node) => number;
  height: number;
  holds: (x: number, y: number, radius: number) => boolean;
  crosses: (x1: number, y1: number, x2: number, y2: number) => boolean;
}

/** The layout in the frame, as tall as it needs to be; nearer, a part of it fills the frame. */
function fit(nodes: Node[], view: View, top: number): Frame {
  const { width } = view;
  const { near, x: atX, y: atY } = view.look ?? { near: 1, x: 0.5, y: 0.5 };
  const span = (values: number[]) => [Math.min(...values), Math.max(...values)];
  const [left, right] = span(nodes.map((one) => one.x ?? 0));
  const [low, high] = span(nodes.map((one) => one.y ?? 0));
  const side = Math.min(70, width * 0.1);
  const tallest = Math.min(nodes.length > LARGE ? 720 : 640, width * 0.95) - 60;
  const scale = Math.min((width - 2 * side) / Math.max(1, right - left), tallest / Math.max(1, high - low), 1.9);
  const height = Math.max(160, (high - low) * scale + 70);
  const [cx, cy] = [(left + right) / 2, (low + high) / 2];
  const x = (one: Node) => width / 2 + (((one.x ?? 0) - cx) * scale + width * (0.5 - atX)) * near;
  const y = (one: Node) => top + height / 2 + (((one.y ?? 0) - cy) * scale + height * (0.5 - atY)) * near;
  const holds = (px: number, py: number, radius: number) => near === 1 || (px > -radius && px < width + radius && py > top - radius && py < top + height + radius);
  const crosses = (x1: number, y1: number, x2: number, y2: number) => near === 1 || (Math.max(x1, x2) > 0 && Math.min(x1, x2) < width && Math.max(y1, y2) > top && Math.min(y1, y2) < top + height);
  return { x, y, height, holds, crosses };
}

function arrow(fx: number, fy: number, x: number, y: number, colour: string): string {
  const angle = Math.atan2(y - fy, x - fx);
  const at = (turn: number) => `${(x - 6 * Math.cos(angle + turn)).toFixed(1)} ${(y - 6 * Math.sin(angle + turn)).toFixed(1)}`;
  return tag("path", { d: `M${x.toFixed(1)} ${y.toFixed(1)}L${at(0.45)}L${at(-0.45)}Z`, fill: colour });
}

/** Names of the best tied, each only where it covers no other. */
function names(nodes: Node[], x: (one: Node) => number, y: (one: Node) => number, radius: (one: Node) => number, view: View, kept: Set<string>, lit: Set<string>, top: number, height: number): string {
  const wanted = lit.size ? nodes.filter((one) => lit.has(one.name)) : nodes;
  const order = [...wanted].sort((a, b) => Number(kept.has(b.name)) - Number(kept.has(a.name)) || radius(b) - radius(a));
  const taken: [number, number, number, number][] = [];
  const made: string[] = [];
  const isNarrow = view.width < 520;
  const limit = kept.size ? 30 : (isNarrow ? 12 : 28) / (nodes.length > LARGE ? 2 : 1);
  for (const one of order) {
    if (made.length >= limit) break;
    const text = fitted(spoken(one.name), isNarrow ? 110 : 150, 12);
    const wide = textWidth(text, 12);
    const inward = Math.max(Math.min(wide / 2, view.width / 2 - 3) + 3 - x(one), Math.min(0, view.width - wide / 2 - 3 - x(one))); // away from the edge
    for (const [dx, dy] of [[inward, radius(one) + 13], [inward, -radius(one) - 5], [radius(one) + 5 + wide / 2, 4], [-radius(one) - 5 - wide / 2, 4]]) {
      const box: [number, number, number, number] = [x(one) + dx - wide / 2 - 2, y(one) + dy - 11, x(one) + dx + wide / 2 + 2, y(one) + dy + 4];
      if (box[0] < 0 || box[2] > view.width || box[1] < top || box[3] > top + height) continue;
      const covers = wanted.some((other) => other !== one && radius(other) > 5 && x(other) + radius(other) > box[0] && x(other) - radius(other) < box[2] && y(other) + radius(other) > box[1] && y(other) - radius(other) < box[3]);
      if ((covers && !kept.has(one.name) && (isNarrow || made.length >= 6)) || taken.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) continue;
      taken.push(box);
      made.push(words(text, x(one) + dx, y(one) + dy, { fill: INK, "text-anchor": "middle", "font-weight": kept.has(one.name) ? 600 : undefined, "pointer-events": "none", stroke: PAPER, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" }));
      break;
    }
  }
  return made.join("") || tag("g", { stroke: FAINT });
}
