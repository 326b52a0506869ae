// Lines over time: the actual dark with dots, models coloured, naive and drift grey, intervals as pale bands.
import { extent } from "d3-array";
import { area, line } from "d3-shape";
import { bottomAxis, leftAxis, scaleOf, ticksOf, timeOf, widest, type Box } from "../axes";
import { distinct, isNumber, length, ofFacet, truth, type Cell, type Chart, type Columns, type View } from "../chart";
import { category, FAINT, GREY, INK, PAPER, SOFT } from "../colours";
import { interval } from "../numbers";
import { key, tip, type Drawn } from "../picture";
import { fitted, spoken, spread, tag, textWidth, words } from "../svg";

export interface Point {
  x: number;
  y: number;
  lo?: number;
  hi?: number;
  start?: boolean; // only where a fan opens, no value of its own
}

export interface Series {
  name: string;
  points: Point[];
  role: "actual" | "grey" | "model";
  colour: string;
  dash?: string;
  fans?: { x: number; bounds: [number, number][]; start?: boolean }[]; // outermost first
}

const MORE_DASHES = ["", "6 3", "2 3", "8 3 2 3"];

export function drawLines(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const time = timeOf(chart.data.x);
  const { series, from } = recent(seriesOf(data, chart, time.place), chart, time);
  const drawn = drawSeries(chart, view, series, time);
  return from ? { ...drawn, notes: [...(drawn.notes ?? []), `Drawn from ${from}; the table has what was before.`] } : drawn;
}

/** A short forecast after a long past would be too small to read: the past is cut to seven times its length. */
function recent(series: Series[], chart: Chart, time: ReturnType<typeof timeOf>): { series: Series[]; from: string } {
  const places = series.flatMap((one) => one.points.map((point) => point.x)).filter(Number.isFinite);
  const [low, high] = [Math.min(...places), Math.max(...places)];
  const origin = chart.options.origin === undefined ? NaN : originOf(chart, time);
  if (!(high - origin > 0) || (high - origin) / (high - low) > 1 / 8) return { series, from: "" };
  const first = Math.min(...places.filter((place) => place >= high - 8 * (high - origin) - 1e-9));
  return {
    series: series.map((one) => ({ ...one, points: one.points.filter((point) => point.x >= first) })).filter((one) => one.points.length),
    from: time.said(first),
  };
}

function originOf(chart: Chart, time: ReturnType<typeof timeOf>): number {
  const origin = chart.options.origin as number | string;
  return time.place(isNumber(origin) ? origin : time.names || !/^\d+$/.test(String(origin)) ? origin : Number(origin));
}

/** One Series a name; rows marked actual make one of their own. */
function seriesOf(data: Columns, chart: Chart, place: (cell: Cell) => number): Series[] {
  const names = data.series?.map(String) ?? new Array<string>(length(data)).fill("");
  const isActual = (k: number) => (data.actual ? truth(data.actual[k]) : false);
  const keys = distinct(names.map((name, k) => `${isActual(k) ? "a" : "m"}${name}`));
  const dressed = wardrobe(chart);
  return keys.map((one) => {
    const name = one.slice(1);
    const rows = names.flatMap((other, k) => (other === name && isActual(k) === (one[0] === "a") ? [k] : []));
    const points = rows.map((k) => ({
      x: place(data.x[k]),
      y: isNumber(data.y[k]) ? data.y[k] : NaN,
      lo: isNumber(data.lo?.[k]) ? data.lo[k] : undefined,
      hi: isNumber(data.hi?.[k]) ? data.hi[k] : undefined,
    }));
    return { points: points.sort((a, b) => a.x - b.x), ...dressed(name, one[0] === "a") };
  });
}

/** Who wears which colour and dash: by the order of names over all facets, so that it stays when the facet changes. */
export function wardrobe(chart: Chart, names?: string[]): (name: string, actual: boolean) => Omit<Series, "points"> {
  const { grey = [], dashed = [] } = chart.options;
  const all = names ?? distinct((chart.data.series ?? []).map(String));
  const coloured = all.filter((name) => !grey.includes(name) && name.toLowerCase() !== "actual");
  return (name, actual) => {
    if (actual || name.toLowerCase() === "actual") return { name: name || "actual", role: "actual", colour: INK };
    if (grey.includes(name)) {
      const dash = dashed.includes(name) ? "5 3" : MORE_DASHES[Math.min(3, grey.indexOf(name))];
      return { name, role: "grey", colour: GREY, dash };
    }
    return { name, role: "model", colour: category(Math.max(0, coloured.indexOf(name))), dash: dashed.includes(name) ? "5 3" : undefined };
  };
}

/** The shared body of lines and bands. */
export function drawSeries(chart: Chart, view: View, series: Series[], time: ReturnType<typeof timeOf>): Drawn {
  const named = series.filter((one) => one.name !== "" && one.points.some((point) => Number.isFinite(point.y)));
  const labelled = named.length > 1 || (named.length === 1 && named[0].role !== "actual");
  const longest = labelled ? Math.max(0, ...named.map((one) => textWidth(spoken(one.name)))) : 0;
  const most = view.width * (view.width < 520 ? 0.25 : 0.3);
  const direct = labelled && longest <= most && named.length <= 14;
  const legend = labelled && !direct
    ? key(named.map((one) => ({ text: fitted(spoken(one.name), view.width - 40), colour: one.colour, dash: one.dash })), view.width)
    : { height: 0, marks: "" };

  const { domain, cut } = reach(series, chart);
  const height = Math.max(220, Math.min(360, view.width * 0.5));
  const box: Box = { left: 0, top: 12 + legend.height, right: view.width - (direct ? longest + 14 : 10), bottom: height - 26 + legend.height };
  const y = scaleOf(domain[0], domain[1], box.bottom, box.top, chart.options.log_y, chart.options.limits ? 0 : 5);
  const yTicks = ticksOf(y, view.width < 520 ? 4 : 6);
  box.left = widest(yTicks) + 12;
  const [low, high] = extent(series.flatMap((one) => [...one.points.filter((point) => Number.isFinite(point.y)), ...(one.fans ?? [])].map((point) => point.x)).filter(Number.isFinite));
  if (low === undefined) return { height: 40, marks: words("no number to draw", 0, 20, { fill: SOFT }) };
  const x = scaleOf(low, high!, box.left + 6, box.right - 6, chart.options.log_x, 0);
  const xTicks = time.ticks(low, high!, Math.max(2, Math.floor((box.right - box.left) / 70)));

  const clip = `cut-${view.id ?? chart.id}`;
  const order = [...series].sort((a, b) => rank(a) - rank(b));
  const marks = [
    legend.marks,
    tag("clipPath", { id: clip }, tag("rect", { x: box.left, y: box.top - 6, width: box.right - box.left, height: box.bottom - box.top + 7 })),
    leftAxis(y, yTicks, box),
    bottomAxis(x, xTicks, box),
    originRule(chart, time, x, box),
    tag("g", { "clip-path": `url(#${clip})` }, order.map((one) => bandsOf(one, x, y)), order.map((one) => pathOf(one, x, y, view))),
    direct ? labels(named, x, y, box) : "",
    crosshairs(series, time, x, box, view),
  ];
  return { height: height + legend.height, marks: marks.join(""), notes: cut ? ["Bands that leave the frame are cut there."] : [] };
}

function rank(one: Series): number {
  return one.role === "grey" ? 0 : one.role === "model" ? 1 : 2;
}

/** From where to where the vertical axis goes; bands may widen it threefold, not more. */
function reach(series: Series[], chart: Chart): { domain: [number, number]; cut: boolean } {
  if (chart.options.limits) return { domain: chart.options.limits, cut: false };
  const values = series.flatMap((one) => one.points.map((point) => point.y)).filter(Number.isFinite);
  const bounds = series.flatMap((one) => [
    ...one.points.flatMap((point) => [point.lo, point.hi]),
    ...(one.fans ?? []).flatMap((fan) => fan.bounds.flat()),
  ]).filter((value): value is number => isNumber(value ?? null));
  const [low, high] = extent(values) as [number, number];
  if (low === undefined) return { domain: [0, 1], cut: false };
  const room = 1.2 * Math.max(high - low, Math.abs(high) * 0.05);
  const wide = extent([...bounds, ...values]) as [number, number];
  let domain: [number, number] = [Math.max(wide[0], low - room), Math.min(wide[1], high + room)];
  if (chart.options.zero || (domain[0] > 0 && domain[0] < 0.25 * domain[1])) domain = [Math.min(0, domain[0]), Math.max(0, domain[1])];
  if (chart.options.log_y && low > 0) domain = [Math.max(domain[0], low / 2, 1e-300), domain[1]];
  return { domain, cut: wide[0] < domain[0] || wide[1] > domain[1] };
}

type Pixel = (value: number) => number;

function bandsOf(one: Series, x: Pixel, y: Pixel): string {
  const fans = one.fans?.[0]?.bounds.map((_, layer) => {
    const shape = area<{ x: number; bounds: [number, number][] }>()
      .defined((fan) => fan.bounds[layer].every(Number.isFinite))
      .x((fan) => x(fan.x)).y0((fan) => y(fan.bounds[layer][0])).y1((fan) => y(fan.bounds[layer][1])).digits(1);
    return tag("path", { d: shape(one.fans!), fill: one.colour, "fill-opacity": [0.13, 0.17, 0.24][layer], class: "mark" });
  });
  if (fans) return fans.join("");
  if (!one.points.some((point) => isNumber(point.lo ?? null) && isNumber(point.hi ?? null))) return "";
  const shape = area<Point>().defined((point) => isNumber(point.lo ?? null) && isNumber(point.hi ?? null))
    .x((point) => x(point.x)).y0((point) => y(point.lo!)).y1((point) => y(point.hi!)).digits(1);
  return tag("path", { d: shape(one.points), fill: one.colour, "fill-opacity": 0.16, class: "mark" });
}

function pathOf(one: Series, x: Pixel, y: Pixel, view: View): string {
  const shape = line<Point>().defined((point) => Number.isFinite(point.y)).x((point) => x(point.x)).y((point) => y(point.y)).digits(1);
  const kept = view.kept ?? [];
  const faded = kept.length > 0 && !kept.includes(one.name) && one.role !== "actual";
  const path = tag("path", {
    d: shape(one.points), fill: "none", stroke: one.colour, "stroke-width": one.role === "grey" ? 1.6 : 2,
    "stroke-dasharray": one.dash, "stroke-linejoin": "round", class: "mark", opacity: faded ? 0.25 : undefined,
  });
  const present = one.points.filter((point) => Number.isFinite(point.y));
  const alone = present.length === 1 ? present : [];
  const dots = one.role === "actual" && present.length <= 60 ? present : alone;
  return path + dots.map((point) => tag("circle", { cx: x(point.x), cy: y(point.y), r: 2.6, fill: one.colour, stroke: PAPER, "stroke-width": 1, class: "mark" })).join("");
}

/** A name at the end of each line, kept apart, with a thin lead where it had to move; early ends are named there. */
function labels(named: Series[], x: Pixel, y: Pixel, box: Box): string {
  const end = (one: Series) => [...one.points].reverse().find((point) => Number.isFinite(point.y))!;
  const isEarly = (one: Series) => one.role === "actual" && box.right - x(end(one).x) > 24;
  const late = named.filter((one) => !isEarly(one));
  const wanted = late.map((one) => Math.max(box.top, Math.min(box.bottom, y(end(one).y))));
  const placed = spread(wanted, 14, box.top + 2, box.bottom - 2);
  const text = (one: Series, at: number, level: number, anchor?: string) =>
    words(spoken(one.name), at, level, { fill: one.role === "grey" ? SOFT : one.colour, "font-weight": one.role === "actual" ? 600 : undefined, "text-anchor": anchor, class: "label" });
  const early = named.filter(isEarly).map((one) => {
    const right = x(end(one).x) - 8;
    const under = levels(one, right - textWidth(spoken(one.name)) * 1.1, right + 8, x, y);
    const above = Math.min(...under) - 9;
    return text(one, right, above > box.top + 8 ? above : Math.min(box.bottom - 4, Math.max(...under) + 18), "end");
  });
  return early.join("") + late.map((one, k) => {
    const start = x(end(one).x);
    const lead = Math.abs(placed[k] - wanted[k]) > 3 || box.right - start > 16
      ? tag("path", { d: `M${(start + 4).toFixed(1)} ${wanted[k].toFixed(1)}L${(box.right + 2).toFixed(1)} ${placed[k].toFixed(1)}`, stroke: FAINT, "stroke-width": 0.7, "stroke-dasharray": box.right - start > 16 ? "1 3" : undefined, fill: "none" })
      : "";
    return lead + text(one, box.right + 6, placed[k] + 4);
  }).join("");
}

/** The heights of a line between two places. */
function levels(one: Series, from: number, to: number, x: Pixel, y: Pixel): number[] {
  const places = one.points.filter((point) => Number.isFinite(point.y)).map((point): [number, number] => [x(point.x), y(point.y)]);
  const inside = places.filter(([px]) => px >= from && px <= to).map(([, py]) => py);
  const next = places.findIndex(([px]) => px >= from);
  if (next < 1) return inside;
  const [[ax, ay], [bx, by]] = [places[next - 1], places[next]];
  return [...inside, ay + ((by - ay) * (from - ax)) / (bx - ax || 1)];
}

function originRule(chart: Chart, time: ReturnType<typeof timeOf>, x: Pixel, box: Box): string {
  if (chart.options.origin === undefined || chart.options.origin === null) return "";
  const at = x(originOf(chart, time));
  if (!Number.isFinite(at)) return "";
  const room = box.right - at > 90;
  return (
    tag("line", { x1: at, x2: at, y1: box.top - 6, y2: box.bottom, stroke: SOFT, "stroke-width": 1, "stroke-dasharray": "3 3" }) +
    words(room ? "forecast →" : "← known", at + (room ? 5 : -5), box.top + 3, { fill: SOFT, "text-anchor": room ? "start" : "end", "font-size": 11 })
  );
}

/** Invisible strips, one a period, that tell every value there. */
function crosshairs(series: Series[], time: ReturnType<typeof timeOf>, x: Pixel, box: Box, view: View): string {
  if (view.plain) return "";
  const places = distinct(series.flatMap((one) => [...one.points, ...(one.fans ?? [])].map((point) => point.x))).filter(Number.isFinite).sort((a, b) => a - b);
  return tag("g", { class: "strips" }, places.map((place, k) => {
    const from = k ? (x(places[k - 1]) + x(place)) / 2 : box.left;
    const to = k < places.length - 1 ? (x(place) + x(places[k + 1])) / 2 : box.right;
    const lines = [...series].sort((a, b) => rank(b) - rank(a)).flatMap((one) => {
      const point = one.points.find((other) => other.x === place && Number.isFinite(other.y) && !other.start);
      const fan = one.fans?.find((other) => other.x === place);
      const outer = fan?.bounds[0] ?? [point?.lo, point?.hi];
      const value = point && interval(point.y, outer[0] ?? null, outer[1] ?? null);
      return value ? [`${one.name ? spoken(one.name) + ": " : ""}${value}`] : [];
    });
    if (!lines.length) return "";
    return tag("g", { class: "strip", ...tip([time.said(place), ...lines]) },
      tag("rect", { x: from, y: box.top - 6, width: Math.max(1, to - from), height: box.bottom - box.top + 6, fill: "transparent" }),
      tag("line", { class: "hair", x1: x(place), x2: x(place), y1: box.top - 6, y2: box.bottom, stroke: FAINT }));
  }));
}
