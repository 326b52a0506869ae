// A scatter: points with their intervals, shapes beside colours, names for those that stand out.
import { extent, mean } from "d3-array";
import { symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle, symbolCross, symbolStar, symbolWye } from "d3-shape";
import { axisName, bottomAxis, leftAxis, scaleOf, ticksOf, widest, type Box } from "../axes";
import { distinct, isNumber, length, ofFacet, type Cell, type Chart, type View } from "../chart";
import { category, FAINT, GREY, INK, PAPER } from "../colours";
import { interval, number } from "../numbers";
import { tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const SHAPES = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross, symbolStar, symbolWye];

interface Dot {
  x: number;
  y: number;
  label: string;
  size: number;
  series: string;
  bounds: [Cell | undefined, Cell | undefined, Cell | undefined, Cell | undefined];
}

export function drawScatter(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const text = (role: string, k: number) => (data[role] ? String(data[role][k]) : "");
  const dots = Array.from({ length: length(data) }, (_, k): Dot => ({
    x: isNumber(data.x[k]) ? data.x[k] : NaN, y: isNumber(data.y[k]) ? data.y[k] : NaN, label: text("label", k),
    size: isNumber(data.size?.[k]) ? data.size[k] : NaN, series: text("series", k),
    bounds: [data.x_lo?.[k], data.x_hi?.[k], data.y_lo?.[k], data.y_hi?.[k]],
  })).filter((dot) => Number.isFinite(dot.x) && Number.isFinite(dot.y));
  const { log_x, log_y, limits, zero, grey = [] } = chart.options;
  const names = distinct((chart.data.series ?? []).map(String));
  const coloured = names.filter((name) => !grey.includes(name));
  const colour = (dot: Dot) => (grey.includes(dot.series) ? GREY : category(Math.max(0, coloured.indexOf(dot.series))));

  const entries = names.length > 1 ? shapeKey(names, (name) => (grey.includes(name) ? GREY : category(Math.max(0, coloured.indexOf(name)))), view.width) : { height: 0, marks: "" };
  const height = Math.max(260, Math.min(440, view.width * 0.6));
  const box: Box = { left: 0, right: view.width - 14, top: entries.height + 26, bottom: entries.height + height - 44 };
  const across = (role: 0 | 2, of: (dot: Dot) => number) => extent(dots.flatMap((dot) => [of(dot), dot.bounds[role], dot.bounds[role + 1]]).filter((one): one is number => isNumber(one ?? null))) as [number, number];
  let [low, high] = limits ?? padded(across(2, (dot) => dot.y), log_y);
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const y = scaleOf(low, high, box.bottom, box.top, log_y, limits ? 0 : 5);
  const yTicks = ticksOf(y, 5);
  box.left = widest(yTicks) + 12;
  const [left, right] = padded(across(0, (dot) => dot.x), log_x);
  const x = scaleOf(zero ? Math.min(0, left) : left, right, box.left + 8, box.right, log_x, 5);
  const xTicks = ticksOf(x, Math.max(3, Math.floor((box.right - box.left) / 90)));
  const biggest = Math.max(...dots.map((dot) => dot.size).filter(Number.isFinite), 1e-300);
  const radius = (dot: Dot) => (Number.isFinite(dot.size) ? 2.5 + 9 * Math.sqrt(Math.max(0, dot.size) / biggest) : dots.length > 300 ? 2.5 : 4);
  const title = (role: "x" | "y") => chart.options[`${role}_label`] ?? [chart.names[role], chart.units[role]].filter(Boolean).join(", ");

  const marks = [
    entries.marks, leftAxis(y, yTicks, box), bottomAxis(x, xTicks, box),
    crossLines(x, y, box), chart.options.diagonal ? diagonal(x, y) : "",
    axisName(`↑ ${title("y")}`, 0, box.top - 14, "start"), axisName(`${title("x")} →`, box.right, box.bottom + 36, "end"),
    ...[...dots].sort((a, b) => radius(b) - radius(a)).map((dot) => {
      const [x_lo, x_hi, y_lo, y_hi] = dot.bounds;
      const told = [`${chart.names.x}: ${interval(dot.x, x_lo ?? null, x_hi ?? null)}`, `${chart.names.y}: ${interval(dot.y, y_lo ?? null, y_hi ?? null)}`, ...(Number.isFinite(dot.size) ? [`${chart.names.size}: ${number(dot.size)}`] : [])];
      const shape = symbol(SHAPES[Math.max(0, names.indexOf(dot.series)) % SHAPES.length], Math.PI * radius(dot) ** 2).digits(1)();
      const whisker = (x1: number, y1: number, x2: number, y2: number) => tag("line", { x1, y1, x2, y2, stroke: colour(dot), "stroke-opacity": 0.4, "stroke-width": 1 });
      return tag("g", { class: "mark", ...tip([dot.label || dot.series || "point", ...told], dot.label || undefined) },
        isNumber(x_lo ?? null) && isNumber(x_hi ?? null) && whisker(x(x_lo as number), y(dot.y), x(x_hi as number), y(dot.y)),
        isNumber(y_lo ?? null) && isNumber(y_hi ?? null) && whisker(x(dot.x), y(y_lo as number), x(dot.x), y(y_hi as number)),
        tag("path", { d: shape, transform: `translate(${x(dot.x).toFixed(1)} ${y(dot.y).toFixed(1)})`, fill: colour(dot), "fill-opacity": 0.75, stroke: (view.kept ?? []).includes(dot.label) ? INK : PAPER, "stroke-width": 0.8 }));
    }),
    nameSome(dots, x, y, radius, box, view),
  ];
  return { height: height + entries.height, marks: marks.join("") };
}

function padded([low, high]: [number, number], log = false): [number, number] {
  if (low === undefined) return [0, 1];
  if (log && low > 0) return [low / 1.15, high * 1.15];
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

function shapeKey(names: string[], colour: (name: string) => string, width: number): { height: number; marks: string } {
  let x = 6;
  let y = 8;
  const marks = names.map((name, k) => {
    const wide = 16 + textWidth(spoken(name)) + 18;
    if (x > 6 && x + wide > width) {
      x = 6;
      y += 18;
    }
    const made = tag("path", { d: symbol(SHAPES[k % SHAPES.length], 60).digits(1)(), transform: `translate(${x} ${y})`, fill: colour(name) }) + words(spoken(name), x + 12, y + 4, { fill: INK });
    x += wide;
    return made;
  });
  return { height: y + 12, marks: marks.join("") };
}

function crossLines(x: (value: number) => number, y: (value: number) => number, box: Box): string {
  const [zx, zy] = [x(0), y(0)];
  return (
    (zx > box.left + 2 && zx < box.right ? tag("line", { x1: zx, x2: zx, y1: box.top, y2: box.bottom, stroke: FAINT }) : "") +
    (zy > box.top && zy < box.bottom - 2 ? tag("line", { x1: box.left, x2: box.right, y1: zy, y2: zy, stroke: FAINT }) : "")
  );
}

function diagonal(x: ReturnType<typeof scaleOf>, y: ReturnType<typeof scaleOf>): string {
  const low = Math.max(x.domain()[0], y.domain()[0]);
  const high = Math.min(x.domain()[1], y.domain()[1]);
  return low < high ? tag("line", { x1: x(low), y1: y(low), x2: x(high), y2: y(high), stroke: FAINT, "stroke-dasharray": "4 3" }) : "";
}

/** Names for the points farthest out, each where it covers neither a name nor a point. */
function nameSome(dots: Dot[], x: (value: number) => number, y: (value: number) => number, radius: (dot: Dot) => number, box: Box, view: View): string {
  const placed = dots.filter((dot) => dot.label).map((dot) => ({ dot, px: x(dot.x), py: y(dot.y), r: radius(dot) }));
  const [cx, cy] = [mean(placed, (one) => one.px) ?? 0, mean(placed, (one) => one.py) ?? 0];
  const far = (one: { px: number; py: number; r: number }) => Math.hypot(one.px - cx, one.py - cy) + 6 * one.r;
  const kept = view.kept ?? [];
  const order = placed.sort((a, b) => Number(kept.includes(b.dot.label)) - Number(kept.includes(a.dot.label)) || far(b) - far(a));
  const taken: [number, number, number, number][] = [];
  const made: string[] = [];
  for (const one of order) {
    if (made.length >= (view.width < 520 ? 10 : 24)) break;
    const text = fitted(spoken(one.dot.label), 140, 11);
    const wide = textWidth(text, 11);
    for (const side of [1, -1]) {
      const from = side > 0 ? one.px + one.r + 4 : one.px - one.r - 4 - wide;
      const frame: [number, number, number, number] = [from, one.py - 8, from + wide, one.py + 5];
      if (frame[0] < box.left || frame[2] > view.width || frame[1] < box.top - 8) continue;
      const hits = placed.some((other) => other !== one && other.px + other.r > frame[0] && other.px - other.r < frame[2] && other.py + other.r > frame[1] && other.py - other.r < frame[3]);
      if (hits || taken.some((b) => b[0] < frame[2] + 3 && b[2] > frame[0] - 3 && b[1] < frame[3] && b[3] > frame[1])) continue;
      taken.push(frame);
      made.push(words(text, from, one.py + 4, { fill: INK, "font-size": 11, "font-weight": kept.includes(one.dot.label) ? 600 : undefined, "pointer-events": "none" }));
      break;
    }
  }
  return made.join("");
}
