// Flows: who gives how much to whom, givers left and takers right, thickness by amount.
import { sankey, sankeyLinkHorizontal, type SankeyLink, type SankeyNode } from "d3-sankey";
import { isNumber, length, ofFacet, type Chart, type View } from "../chart";
import { category, GREY, INK, SOFT } from "../colours";
import { number } from "../numbers";
import { tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const MOST = 80;

interface End {
  key: string;
  name: string;
  side: "left" | "right";
}

interface Flow {
  source: string;
  target: string;
  value: number;
}

export function drawFlows(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const all: Flow[] = Array.from({ length: length(data) }, (_, k) => ({ source: String(data.source[k]), target: String(data.target[k]), value: isNumber(data.value[k]) ? data.value[k] : 0 }))
    .filter((flow) => flow.value > 0)
    .sort((a, b) => b.value - a.value || (a.source + a.target < b.source + b.target ? -1 : 1));
  if (!all.length) return { height: 40, marks: words("no flow above zero", 0, 20, { fill: SOFT }) };
  const drawn = all.slice(0, MOST);
  const total = all.reduce((sum, flow) => sum + flow.value, 0);
  const share = drawn.reduce((sum, flow) => sum + flow.value, 0) / total;

  const ends = new Map<string, End>();
  for (const flow of drawn) {
    ends.set(`<${flow.source}`, { key: `<${flow.source}`, name: flow.source, side: "left" });
    ends.set(`>${flow.target}`, { key: `>${flow.target}`, name: flow.target, side: "right" });
  }
  const most = view.width * (view.width < 520 ? 0.28 : 0.26);
  const room = (side: string) => Math.min(most, Math.max(...[...ends.values()].filter((end) => end.side === side).map((end) => textWidth(spoken(end.name))))) + 8;
  const [left, right] = [room("left"), room("right")];
  const rows = Math.max(...["left", "right"].map((side) => [...ends.values()].filter((end) => end.side === side).length));
  const height = Math.max(240, Math.min(720, rows * 26 + 40));
  const laid = sankey<End, Flow>().nodeId((end) => end.key).nodeWidth(10).nodePadding(Math.max(4, Math.min(14, 240 / rows))).iterations(32)
    .extent([[left, 8], [view.width - right, height - 8]])({
      nodes: [...ends.values()].map((end) => ({ ...end })),
      links: drawn.map((flow) => ({ source: `<${flow.source}`, target: `>${flow.target}`, value: flow.value })),
    });
  const names = [...new Set(drawn.map((flow) => flow.source))];
  const colour = (name: string) => (names.length > 7 && names.indexOf(name) >= 7 ? GREY : category(names.indexOf(name)));
  const path = sankeyLinkHorizontal<End, Flow>();
  const kept = view.kept ?? [];
  const links = laid.links.map((link: SankeyLink<End, Flow>) => {
    const [from, to] = [(link.source as unknown as End).name, (link.target as unknown as End).name];
    const faint = kept.length > 0 && !kept.includes(from) && !kept.includes(to);
    return tag("path", { d: path(link)?.replace(/\d+\.\d+/g, (one) => Number(one).toFixed(1)), fill: "none", stroke: colour(from), "stroke-opacity": faint ? 0.07 : 0.38, "stroke-width": Math.max(0.8, link.width ?? 1), class: "mark", ...tip([`${from} → ${to}`, `${chart.names.value ?? "value"}: ${number(link.value)}`, `${number((100 * link.value) / total)} % of all`]) });
  });
  const nodes = laid.nodes.map((node: SankeyNode<End, Flow>) => {
    const [x0, x1, y0, y1] = [node.x0 ?? 0, node.x1 ?? 0, node.y0 ?? 0, node.y1 ?? 0];
    const isLeft = node.side === "left";
    return tag("g", { class: "mark", ...tip([node.name, `${isLeft ? "gives" : "takes"}: ${number(node.value ?? 0)}`], node.name) },
      tag("rect", { x: x0, y: y0, width: x1 - x0, height: Math.max(1, y1 - y0), fill: isLeft ? colour(node.name) : SOFT }),
      words(fitted(spoken(node.name), (isLeft ? left : right) - 6), isLeft ? x0 - 6 : x1 + 6, (y0 + y1) / 2 + 4, { fill: INK, "text-anchor": isLeft ? "end" : "start" }));
  });
  const notes = all.length > MOST ? [`The ${MOST} largest of ${number(all.length)} flows are drawn, ${number(100 * share)} % of the total.`] : [];
  return { height, marks: [...links, ...nodes].join(""), notes };
}
