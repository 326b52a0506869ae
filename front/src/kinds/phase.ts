// A phase portrait: where growth stops (nullclines), where it points (arrows), where it rests (equilibria), what was seen.
import { extent } from "d3-array";
import { line } from "d3-shape";
import { axisName, bottomAxis, leftAxis, scaleOf, ticksOf, widest, type Box } from "../axes";
import { distinct, isNumber, length, ofFacet, truth, type Chart, type View } from "../chart";
import { category, FAINT, GREY, INK, PAPER, SOFT } from "../colours";
import { number } from "../numbers";
import { key, tip, type Drawn, type Entry } from "../picture";
import { spoken, tag, textWidth, words } from "../svg";

interface Row {
  x: number;
  y: number;
  id: string;
  label: string;
  stable: boolean;
  dx: number;
  dy: number;
}

export function drawPhase(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const amount = (role: string, k: number) => (isNumber(data[role]?.[k]) ? (data[role][k] as number) : NaN);
  const layers = new Map<string, Row[]>();
  for (let k = 0; k < length(data); k++) {
    const layer = String(data.layer[k]);
    const row = { x: amount("x", k), y: amount("y", k), id: data.id ? String(data.id[k]) : "", label: data.label ? String(data.label[k]) : "", stable: truth(data.stable?.[k]), dx: amount("dx", k), dy: amount("dy", k) };
    if (Number.isFinite(row.x) && Number.isFinite(row.y)) layers.set(layer, [...(layers.get(layer) ?? []), row]);
  }
  const of = (layer: string) => layers.get(layer) ?? [];
  const framing = [...of("path"), ...of("equilibrium"), ...of("arrow"), ...(of("arrow").length ? [] : of("draw"))];
  const seen = framing.length ? framing : [...layers.values()].flat();
  if (!seen.length) return { height: 40, marks: words("no number to draw", 0, 20, { fill: SOFT }) };

  const ids = distinct(of("nullcline").map((row) => row.id));
  const entries: Entry[] = [
    ...ids.map((id, k) => ({ text: spoken(id) || `pole ${k + 1} stands still`, colour: category(k), dash: k % 2 ? "7 3" : undefined })),
    ...(of("path").length ? [{ text: "observed", colour: INK }] : []),
    ...(of("draw").length ? [{ text: "possible paths", colour: GREY }] : []),
    ...(of("separatrix").length ? [{ text: "watershed", colour: SOFT, dash: "2 3" }] : []),
  ];
  const legend = key(entries, view.width);
  const height = Math.max(300, Math.min(540, view.width * 0.74));
  const box: Box = { left: 0, right: view.width - 16, top: legend.height + 26, bottom: legend.height + height - 44 };
  const [low, high] = extent(seen, (row) => row.y) as [number, number];
  const y = scaleOf(Math.min(0, low), high + (high - low) * 0.04, box.bottom, box.top, false, 0);
  const yTicks = ticksOf(y, 5);
  box.left = widest(yTicks) + 12;
  const [west, east] = extent(seen, (row) => row.x) as [number, number];
  const x = scaleOf(Math.min(0, west), east + (east - west) * 0.04, box.left, box.right, false, 0);
  const xTicks = ticksOf(x, Math.max(3, Math.floor((box.right - box.left) / 90)));
  const title = (role: "x" | "y") => chart.options[`${role}_label`] ?? [chart.names[role], chart.units[role]].filter(Boolean).join(", ");
  const clip = `cut-${view.id ?? chart.id}`;
  const shape = line<Row>().x((row) => x(row.x)).y((row) => y(row.y)).digits(1);
  const paths = (layer: string, more: (id: string, k: number) => Record<string, string | number | undefined>) =>
    distinct(of(layer).map((row) => row.id)).map((id, k) => tag("path", { d: shape(of(layer).filter((row) => row.id === id)), fill: "none", class: "mark", ...more(id, k) }));

  const marks = [
    legend.marks, leftAxis(y, yTicks, box), bottomAxis(x, xTicks, box),
    axisName(`↑ ${title("y")}`, 0, box.top - 14, "start"), axisName(`${title("x")} →`, box.right, box.bottom + 36, "end"),
    tag("clipPath", { id: clip }, tag("rect", { x: box.left, y: box.top - 6, width: box.right - box.left + 8, height: box.bottom - box.top + 12 })),
    tag("g", { "clip-path": `url(#${clip})` },
      arrows(of("arrow"), x, y),
      paths("draw", () => ({ stroke: GREY, "stroke-width": 1, "stroke-opacity": 0.3 })),
      paths("separatrix", () => ({ stroke: SOFT, "stroke-width": 1.6, "stroke-dasharray": "2 3" })),
      paths("nullcline", (_, k) => ({ stroke: category(k), "stroke-width": 2, "stroke-dasharray": k % 2 ? "7 3" : undefined })),
      paths("path", () => ({ stroke: INK, "stroke-width": 2, "stroke-linejoin": "round" })),
      of("path").map((row) => tag("circle", { cx: x(row.x), cy: y(row.y), r: 2.8, fill: INK, stroke: PAPER, class: "mark", ...tip([row.label || row.id || "observed", `${chart.names.x}: ${number(row.x)}`, `${chart.names.y}: ${number(row.y)}`]) })),
    ),
    of("equilibrium").filter((row) => x(row.x) <= box.right + 8 && y(row.y) >= box.top - 8).map((row) => tag("circle", { cx: x(row.x), cy: y(row.y), r: 6, fill: row.stable ? INK : PAPER, stroke: INK, "stroke-width": 2, class: "mark", ...tip([row.label || (row.stable ? "stable equilibrium" : "equilibrium, not stable"), row.stable ? "stable" : "not stable", `${chart.names.x}: ${number(row.x)}`, `${chart.names.y}: ${number(row.y)}`]) })).join(""),
    labels(of("equilibrium"), of("path"), x, y, box),
  ];
  return { height: height + legend.height, marks: marks.join("") };
}

/** Short arrows of one length: where the pair of poles would go from there. */
function arrows(rows: Row[], x: (value: number) => number, y: (value: number) => number): string[] {
  return rows.map((row) => {
    const [px, py] = [x(row.x), y(row.y)];
    const [dx, dy] = [x(row.x + row.dx) - px, y(row.y + row.dy) - py];
    const long = Math.hypot(dx, dy);
    if (!(long > 1e-9)) return "";
    const size = 13;
    const [ex, ey] = [px + (dx / long) * size, py + (dy / long) * size];
    const angle = Math.atan2(dy, dx);
    const wing = (turn: number) => `${(ex - 4.5 * Math.cos(angle + turn)).toFixed(1)} ${(ey - 4.5 * Math.sin(angle + turn)).toFixed(1)}`;
    return tag("path", { d: `M${px.toFixed(1)} ${py.toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}M${wing(0.5)}L${ex.toFixed(1)} ${ey.toFixed(1)}L${wing(-0.5)}`, fill: "none", stroke: FAINT, "stroke-width": 1, "stroke-opacity": 0.75, class: "mark" });
  });
}

type Frame = [number, number, number, number]; // left, top, right, bottom
type Pixel = (value: number) => number;

/** The words in the picture, each where it covers no other: what rests first, then the years. */
function labels(rests: Row[], path: Row[], x: Pixel, y: Pixel, box: Box): string {
  const taken: Frame[] = [];
  const put = (text: string, spots: [number, number][], size: number): string => {
    const wide = textWidth(text, size);
    for (const [left, level] of spots.map(([dx, level]): [number, number] => [dx < 0 ? -dx - wide : dx, level])) {
      const frame: Frame = [left, level - size, left + wide, level + 3];
      if (frame[0] < box.left || frame[2] > box.right + 14 || frame[1] < box.top - 14 || frame[3] > box.bottom + 2) continue;
      if (taken.some((b) => b[0] < frame[2] + 2 && b[2] > frame[0] - 2 && b[1] < frame[3] && b[3] > frame[1])) continue;
      taken.push(frame);
      return words(text, left, level, { fill: INK, "font-size": size, stroke: PAPER, "stroke-width": 3, "paint-order": "stroke", "pointer-events": "none" });
    }
    return "";
  };
  const beside = (row: Row, gap: number, levels: number[]): [number, number][] =>
    levels.flatMap((by): [number, number][] => [[x(row.x) + gap, y(row.y) + by], [-(x(row.x) - gap), y(row.y) + by]]);
  for (const row of rests) taken.push([x(row.x) - 7, y(row.y) - 7, x(row.x) + 7, y(row.y) + 7]);
  const named = twoRests(rests, path, x, y, box).map((row) => put(row.stable ? "stable" : "not stable", beside(row, 11, row.y === 0 ? [-5, -18] : [4, -12, 20]), 12));
  const said = path.filter((row) => row.label);
  const wanted = said.length ? [said[0], said[said.length - 1], ...said.slice(1, -1)] : [];
  const apart: [number, number][] = [];
  const dated = wanted.map((row) => {
    const [px, py] = [x(row.x), y(row.y)];
    if (apart.some((b) => Math.abs(b[0] - px) < 38 && Math.abs(b[1] - py) < 15)) return "";
    const made = put(row.label, beside(row, 6, [14, -6]), 11);
    if (made) apart.push([px, py]);
    return made;
  });
  return [...named, ...dated].join("");
}

/** A stable and an unstable equilibrium, those farthest from what was observed: one word each tells which is which. */
function twoRests(rows: Row[], path: Row[], x: Pixel, y: Pixel, box: Box): Row[] {
  const away = (row: Row) => Math.min(1e9, ...path.map((seen) => Math.hypot(x(seen.x) - x(row.x), y(seen.y) - y(row.y))));
  const inside = [...rows].sort((a, b) => away(b) - away(a)).filter((row) => x(row.x) >= box.left - 8 && x(row.x) <= box.right + 8);
  return [inside.find((row) => row.stable), inside.find((row) => !row.stable)].filter((row): row is Row => row !== undefined);
}
