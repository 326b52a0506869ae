// Bars from zero, with intervals; side by side, stacked by sign, upright over years; or dots on one axis.
import { line } from "d3-shape";
import { axisName, bottomAxis, leftAxis, scaleOf, ticksOf, timeOf, widest, type Box, type Scale } from "../axes";
import { distinct, isNumber, length, ofFacet, type Cell, type Chart, type Columns, type View } from "../chart";
import { category, FAINT, GREY, HELPS, HURTS, INK, PAPER, SOFT } from "../colours";
import { cell, interval, number } from "../numbers";
import { key, tip, type Drawn, type Entry } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const MOST = 40;
const HALO = { stroke: PAPER, "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" };

interface Row {
  label: string;
  place: Cell;
  series: string;
  value: Cell;
  lo?: Cell;
  hi?: Cell;
  mark?: Cell;
}

export function drawBars(chart: Chart, view: View): Drawn {
  const rows = rowsOf(ofFacet(chart.data, view.facet));
  const upright = chart.options.vertical ?? (rows.length > 0 && rows.every((row) => isYear(row.place)));
  if (upright) return drawUpright(chart, view, rows);
  return drawLying(chart, view, sorted(rows, chart.options.sort));
}

function rowsOf(data: Columns): Row[] {
  return Array.from({ length: length(data) }, (_, k) => ({
    label: String(data.label[k]), place: data.label[k], series: data.series ? String(data.series[k]) : "",
    value: data.value[k], lo: data.lo?.[k], hi: data.hi?.[k], mark: data.mark?.[k],
  }));
}

function isYear(place: Cell): boolean {
  return isNumber(place) && Number.isInteger(place) && place >= 1000 && place < 3000;
}

function sorted(rows: Row[], sort: string | undefined): Row[] {
  if (sort !== "value") return rows;
  return [...rows].sort((a, b) => (isNumber(b.value) ? b.value : -Infinity) - (isNumber(a.value) ? a.value : -Infinity));
}

/** Series of a colour; names in options.grey stay grey; signs speak by blue and vermilion where asked. */
function paint(chart: Chart, names: string[]): (row: Row) => string {
  const { grey = [], diverging, helps } = chart.options;
  const coloured = names.filter((name) => !grey.includes(name));
  return (row) => {
    if (grey.includes(row.series) || grey.includes(row.label)) return GREY;
    if (diverging && isNumber(row.value)) return row.value >= 0 === (helps !== "negative") ? HELPS : HURTS;
    return category(Math.max(0, coloured.indexOf(row.series)));
  };
}

function reach(values: (Cell | undefined)[], limits?: [number, number]): [number, number] {
  const known = values.filter((value): value is number => isNumber(value ?? null));
  return limits ?? [Math.min(0, ...known), Math.max(0, ...known)];
}

function stackSums(rows: Row[], by: (row: Row) => string): number[] {
  const sums = new Map<string, [number, number]>();
  for (const row of rows) {
    if (!isNumber(row.value)) continue;
    const sum = sums.get(by(row)) ?? [0, 0];
    sum[row.value < 0 ? 0 : 1] += row.value;
    sums.set(by(row), sum);
  }
  return [...sums.values()].flat();
}

function drawLying(chart: Chart, view: View, all: Row[]): Drawn {
  const { stacked, dots, limits, rule } = chart.options;
  const labels = distinct(all.map((row) => row.label));
  const shown = new Set(labels.slice(0, MOST));
  const rows = all.filter((row) => shown.has(row.label));
  const names = distinct(all.map((row) => row.series)).filter(Boolean);
  const colour = paint(chart, distinct((chart.data.series ?? []).map(String)));
  const grouped = !stacked && rows.length > shown.size;
  const legend = key(names.length > 1 ? names.map((name): Entry => ({ text: spoken(name), colour: colour(rows.find((row) => row.series === name) ?? rows[0]), shape: dots ? "dot" : "box" })) : [], view.width);

  const most = view.width * (view.width < 520 ? 0.38 : 0.34);
  const left = Math.min(most, Math.max(...[...shown].map((label) => textWidth(spoken(label), 13)), 20)) + 10;
  const [low, high] = reach(stacked ? stackSums(rows, (row) => row.label) : rows.flatMap((row) => [row.value, row.lo, row.hi, row.mark, rule ?? null]), limits);
  const said = (row: Row) => (isNumber(row.value) ? number(row.value) : cell(row.value));
  const tail = stacked || dots ? 16 : Math.max(...rows.map((row) => textWidth(said(row)))) + 12;
  const box: Box = { left, right: view.width - tail, top: legend.height + 6, bottom: 0 };
  const thick = grouped ? 12 : dots ? 8 : 18;
  const per = grouped ? Math.max(...[...shown].map((label) => rows.filter((row) => row.label === label).length)) : 1;
  const step = per * (thick + 3) + (grouped ? 10 : 6);
  box.bottom = box.top + shown.size * step + 4;
  const hasLeft = low < 0 && !stacked;
  const x = scaleOf(low, high, box.left + (hasLeft ? tail : 0), box.right, false, limits || dots ? 0 : 4);
  const ticks = ticksOf(x, Math.max(2, Math.floor((box.right - box.left) / 80)));

  const marks: string[] = [legend.marks, bottomAxis(x, ticks, box, true)];
  if (isNumber(rule ?? null)) marks.push(tag("line", { x1: x(rule!), x2: x(rule!), y1: box.top - 4, y2: box.bottom, stroke: INK, "stroke-dasharray": "3 3" }));
  [...shown].forEach((label, place) => {
    const mine = rows.filter((row) => row.label === label);
    const top = box.top + place * step + (step - per * (thick + 3)) / 2;
    const middle = box.top + place * step + step / 2;
    marks.push(tag("g", {}, tag("title", {}, label.replace(/[&<>]/g, " ")), words(fitted(spoken(label), left - 10, 13), box.left - 8, middle + 4, { fill: INK, "text-anchor": "end", "font-size": 13 })));
    const sums: [number, number] = [0, 0];
    mine.forEach((row, k) => {
      const y = stacked ? top : top + k * (thick + 3);
      marks.push(isNumber(row.value) ? bar(row, x, y, thick, sums, chart, colour(row), said(row), names.length > 1) : words(cell(row.value), x(0) + 4, y + thick / 2 + 4, { fill: SOFT, ...tip([label, cell(row.value)]) }));
    });
  });
  marks.push(tag("line", { x1: x(0), x2: x(0), y1: box.top, y2: box.bottom, stroke: SOFT }));
  const left_out = labels.length > MOST ? [`The first ${MOST} of ${labels.length} are drawn.`] : [];
  return { height: box.bottom + 28, marks: marks.join(""), notes: left_out };
}

function bar(row: Row, x: Scale, y: number, thick: number, sums: [number, number], chart: Chart, colour: string, said: string, named: boolean): string {
  const value = row.value as number;
  const { stacked, dots } = chart.options;
  const side = value < 0 ? 0 : 1;
  const from = stacked ? sums[side] : 0;
  const to = from + value;
  if (stacked) sums[side] = to;
  const told = tip([row.label + (named ? `, ${row.series}` : ""), `${chart.names.value ?? "value"}: ${interval(value, row.lo ?? null, row.hi ?? null)}`, ...(isNumber(row.mark ?? null) ? [`${chart.names.mark ?? "mark"}: ${number(row.mark as number)}`] : [])], row.label);
  const middle = y + thick / 2;
  const has = isNumber(row.lo ?? null) && isNumber(row.hi ?? null);
  const [first, last] = x.domain();
  const [lo, hi] = [row.lo as number, row.hi as number].map((one) => Math.max(first, Math.min(last, one)));
  const whisker = has ? tag("line", { x1: x(lo), x2: x(hi), y1: middle, y2: middle, stroke: dots ? colour : INK, "stroke-width": dots ? 2 : 1.4, "stroke-opacity": dots ? 0.55 : 0.75 }) : "";
  if (dots) {
    const tick = isNumber(row.mark ?? null) ? tag("line", { x1: x(row.mark as number), x2: x(row.mark as number), y1: middle - 6, y2: middle + 6, stroke: FAINT, "stroke-width": 2 }) : "";
    return tag("g", { class: "mark", ...told }, tag("rect", { x: x(0), y: y - 2, width: Math.max(1, x(value) - x(0)), height: thick + 4, fill: "transparent" }), whisker, tick, tag("circle", { cx: x(value), cy: middle, r: 4, fill: colour, stroke: PAPER }));
  }
  const [a, b] = [Math.min(x(from), x(to)), Math.max(x(from), x(to))];
  const tick = isNumber(row.mark ?? null) && !stacked ? [x(row.mark as number)] : [];
  const end = side ? Math.max(b, ...tick, has ? x(hi) : b) + 6 : Math.min(a, ...tick, has ? x(lo) : a) - 6;
  return tag("g", { class: "mark", ...told },
    tag("rect", { x: a, y, width: Math.max(0.5, b - a), height: thick, fill: colour, "fill-opacity": has ? 0.75 : 0.9, stroke: stacked ? PAPER : undefined, "stroke-width": stacked ? 0.8 : undefined }),
    whisker,
    isNumber(row.mark ?? null) && tag("line", { x1: x(row.mark as number), x2: x(row.mark as number), y1: y - 2, y2: y + thick + 2, stroke: INK, "stroke-width": 2.4 }),
    !stacked && words(said, end, middle + 4, { fill: SOFT, "text-anchor": side ? "start" : "end", ...HALO }));
}

/** Upright bars over years: stacked by sign, with the total as a line. */
function drawUpright(chart: Chart, view: View, rows: Row[]): Drawn {
  const { total, limits, stacked } = chart.options;
  const line_ = total === undefined ? [] : rows.filter((row) => row.series === total);
  const bars = total === undefined ? rows : rows.filter((row) => row.series !== total);
  const names = distinct(bars.map((row) => row.series)).filter(Boolean);
  const colour = paint(chart, distinct((chart.data.series ?? []).map(String)).filter((name) => name !== total));
  const entries: Entry[] = names.length > 1 ? names.map((name) => ({ text: spoken(name), colour: colour({ ...rows[0], series: name, value: 1 }), shape: "box" })) : [];
  const legend = key([...entries, ...(line_.length ? [{ text: spoken(total!), colour: INK } satisfies Entry] : [])], view.width);
  const places = distinct(bars.map((row) => row.place));
  const time = timeOf(places);
  const piled = stacked ?? names.length > 1;
  const [low, high] = reach([...(piled ? stackSums(bars, (row) => row.label) : bars.flatMap((row) => [row.value, row.lo, row.hi])), ...line_.map((row) => row.value)], limits);
  const height = Math.max(220, Math.min(340, view.width * 0.46));
  const box: Box = { left: 0, right: view.width - 6, top: legend.height + 10, bottom: legend.height + height - 26 };
  const y = scaleOf(low, high, box.bottom, box.top, false, limits ? 0 : 5);
  const ticks = ticksOf(y, 5);
  box.left = widest(ticks) + 12;
  const step = (box.right - box.left) / Math.max(1, places.length);
  const x = (place: number) => box.left + step * (places.findIndex((one) => time.place(one) === place) + 0.5);
  const marks = [legend.marks, leftAxis(y, ticks, box)];
  for (const place of places) {
    const sums: [number, number] = [0, 0];
    const at = x(time.place(place));
    const wide = Math.max(1.5, Math.min(40, step * 0.72));
    for (const row of bars.filter((one) => one.place === place)) {
      if (!isNumber(row.value)) continue;
      const side = row.value < 0 ? 0 : 1;
      const from = piled ? sums[side] : 0;
      if (piled) sums[side] += row.value;
      const [a, b] = [y(from), y(from + row.value)];
      const has = isNumber(row.lo ?? null) && isNumber(row.hi ?? null) && !piled;
      marks.push(tag("g", { class: "mark", ...tip([row.label + (row.series ? `, ${row.series}` : ""), interval(row.value, row.lo ?? null, row.hi ?? null)], row.series || row.label) },
        tag("rect", { x: at - wide / 2, width: wide, y: Math.min(a, b), height: Math.max(0.5, Math.abs(a - b)), fill: colour(row), stroke: PAPER, "stroke-width": piled ? 0.6 : 0 }),
        has && tag("line", { x1: at, x2: at, y1: y(row.lo as number), y2: y(row.hi as number), stroke: INK, "stroke-width": 1.4 })));
    }
  }
  const path = line<Row>().defined((row) => isNumber(row.value)).x((row) => x(time.place(row.place))).y((row) => y(row.value as number)).digits(1);
  if (line_.length) marks.push(tag("path", { d: path(line_), fill: "none", stroke: INK, "stroke-width": 2, class: "mark" }), ...line_.filter((row) => isNumber(row.value)).map((row) => tag("circle", { cx: x(time.place(row.place)), cy: y(row.value as number), r: 2.6, fill: INK, stroke: PAPER, ...tip([row.label, `${total}: ${number(row.value as number)}`]) })));
  marks.push(tag("line", { x1: box.left, x2: box.right, y1: y(0), y2: y(0), stroke: SOFT }));
  const spare = Math.max(1, Math.ceil(places.length / Math.floor((box.right - box.left) / 52)));
  const said = places.flatMap((place, k): [number, string][] => (k % spare === 0 ? [[time.place(place), String(place)]] : []));
  marks.push(bottomAxis(x, said, box), chart.options.y_label ? axisName(chart.options.y_label, 0, box.top - 2, "start") : "");
  return { height: height + legend.height, marks: marks.join("") };
}
