// A heat map: rows ordered by likeness, blue helps and vermilion hurts where signs matter, values on hover.
import { extent, mean } from "d3-array";
import { distinct, isNumber, length, ofFacet, truth, type Cell, type Chart, type View } from "../chart";
import { amount, FAINT, HATCH, INK, onRamp, SOFT, signed, STEPS } from "../colours";
import { cell, number, SIGNS } from "../numbers";
import { tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words, wrapped } from "../svg";

const MOST_ROWS = 90;
const FEW_CELLS = 100; // up to so many cells their values are written in them
const PALE = 0.35;

export function drawHeat(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const at = new Map<string, Cell>();
  const doubted = new Set<string>();
  for (let k = 0; k < length(data); k++) {
    const name = `${data.row[k]}\u0000${data.column[k]}`;
    at.set(name, data.value[k]);
    if (data.certain && isNumber(data.value[k]) && !truth(data.certain[k])) doubted.add(name);
  }
  const allRows = distinct(data.row.map(String));
  const inTime = data.column.every((one) => isNumber(one) || /^\d{4}-/.test(String(one)));
  let columns = distinct(data.column.map(String));
  if (inTime) columns.sort();
  const value = (row: string, column: string): Cell => at.get(`${row}\u0000${column}`) ?? null;
  let rows = ordered(allRows, columns, value, chart.options.sort);
  const square = columns.length === rows.length && rows.every((row) => columns.includes(row));
  if (square) columns = rows;
  else if (!inTime && columns.length > 2 && chart.options.sort === undefined) columns = ordered(columns, rows, (column, row) => value(row, column), undefined);
  const leftOut = rows.length > MOST_ROWS ? [`${MOST_ROWS} of ${rows.length} rows are drawn; the table has them all.`] : [];
  if (leftOut.length) rows = rows.filter((_, k) => Math.floor((k * MOST_ROWS) / rows.length) !== Math.floor(((k - 1) * MOST_ROWS) / rows.length));

  const { colour, scale } = dye(chart, [...at.values()].filter(isNumber));
  const size = rows.length > 45 ? 11 : 12;
  const widest = columns.length <= 8 ? 84 : 64;
  const most = Math.max(view.width * (view.width < 520 ? 0.36 : 0.3), view.width - widest * columns.length - 10);
  const left = Math.min(most, Math.max(...rows.map((row) => textWidth(spoken(row), size)), 20)) + 8;
  const longest = Math.max(...columns.map((column) => textWidth(spoken(column), 11)));
  const plainly = Math.min(widest, (view.width - left - 2) / columns.length);
  const turned = longest > plainly * (inTime ? 3 : 1) - 4;
  const spare = turned ? Math.max(0, Math.min(view.width * 0.12, longest * 0.72 - plainly / 2)) : 0; // for the last name, which leans out
  const wide = Math.min(widest, (view.width - left - 2 - spare) / columns.length);
  const isFew = rows.length * columns.length <= FEW_CELLS;
  const written = isFew ? inCells(at, doubted, wide) : undefined;
  const isSmall = written !== undefined;
  const tall = Math.max(rows.length > 45 ? 13 : 16, Math.min(28, wide, 560 / rows.length), isSmall ? 22 : 0);
  const headroom = turned ? Math.min(110, longest * 0.72 + 12) : 20;
  const doubt = doubted.size ? [`${isSmall ? "lighter, in brackets" : "lighter"}: not sure enough to claim`] : [];
  const legend = keyOf(chart, scale, view.width, doubt);
  const top = legend.height + headroom;
  const gap = wide > 9 ? 1 : 0;
  const marks: string[] = [legend.marks];
  const signs = new Set<string>();
  const isGrey = [...at.values()].filter((one) => !isNumber(one)).length > 0.2 * at.size; // signs in every other cell say nothing more

  const every = turned || !inTime ? 1 : Math.ceil(36 / wide);
  columns.forEach((column, k) => {
    if (k % every) return;
    const x = left + k * wide + wide / 2;
    const text = fitted(spoken(column), turned ? Math.min(140, (view.width - x - 4) / 0.72) : wide * every - 2, 11);
    marks.push(turned
      ? tag("text", { transform: `translate(${(x + 3).toFixed(1)} ${(top - 5).toFixed(1)}) rotate(-45)`, fill: SOFT, "font-size": 11 }, text.replace(/&/g, "&amp;").replace(/</g, "&lt;"))
      : words(text, x, top - 6, { fill: SOFT, "text-anchor": "middle", "font-size": 11 }));
  });
  rows.forEach((row, r) => {
    const y = top + r * tall;
    marks.push(words(fitted(spoken(row), left - 8, size), left - 6, y + tall / 2 + 4, { fill: SOFT, "text-anchor": "end", "font-size": size }));
    columns.forEach((column, c) => {
      const found = value(row, column);
      const x = left + c * wide;
      const known = isNumber(found);
      const name = `${row}\u0000${column}`;
      const isDoubted = doubted.has(name);
      const sign = known ? "" : cell(found);
      const same = square && row === column && found === null;
      if (sign && !same) signs.add(sign);
      const box = tag("rect", { x, y, width: wide - gap, height: tall - gap, fill: known ? colour(found) : same ? "none" : HATCH, "fill-opacity": isDoubted ? PALE : known || same ? undefined : 0.55, class: known ? "mark" : undefined, ...tip([`${row}, ${column}`, `${chart.names.value ?? "value"}: ${known ? number(found) : SIGNS[sign] ?? sign}`, ...(isDoubted ? ["not sure enough to claim"] : [])]) });
      marks.push(box, written && known ? words(written(name), x + (wide - gap) / 2, y + tall / 2 + 4, { fill: isDoubted ? INK : onRamp(colour(found)), "text-anchor": "middle", "font-size": 11, "pointer-events": "none" }) : "", sign && !same && wide > 8 && !isGrey ? words(sign, x + wide / 2, y + tall / 2 + 4, { fill: SOFT, "text-anchor": "middle", "font-size": 11, "pointer-events": "none" }) : "");
    });
  });
  const said = [...signs].filter((sign) => SIGNS[sign]).map((sign) => (isGrey ? SIGNS[sign] : `${sign} ${SIGNS[sign]}`)).join(isGrey ? " or " : ", ");
  return { height: top + rows.length * tall + 4, marks: marks.join(""), notes: [...leftOut, ...(isFew && !isSmall ? ["The cells are too narrow for their values: point at one, or show the table."] : []), ...(said ? [isGrey ? `Grey: ${said}.` : said] : [])] };
}

/** What is written in the cells: three significant figures, else decimals alike, else nothing; doubted in brackets. */
function inCells(at: Map<string, Cell>, doubted: Set<string>, wide: number): ((name: string) => string) | undefined {
  const known = [...at].flatMap(([name, one]): [string, number][] => (isNumber(one) ? [[name, one]] : []));
  const largest = Math.max(0, ...known.map(([, one]) => Math.abs(one)));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(largest || 1)));
  const alike = (value: number) => number(Number(value.toFixed(Math.min(20, decimals))));
  return [(value: number) => number(value), alike]
    .map((said) => (name: string) => (doubted.has(name) ? `(${said(at.get(name) as number)})` : said(at.get(name) as number)))
    .find((said) => known.every(([name]) => textWidth(said(name), 11) + 3 <= wide));
}

/** The colour of a value, and the ends of the scale. */
export function dye(chart: Chart, values: number[]): { colour: (value: number) => string; scale: [number, number] } {
  const [low, high] = extent([...values, ...(chart.options.limits ?? [])]) as [number, number];
  if (chart.options.diverging) {
    const most = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0)) || 1;
    const turn = chart.options.helps === "negative" ? -1 : 1;
    return { colour: (value) => signed((turn * value) / most), scale: [-most, most] };
  }
  const span = high - low || 1;
  return { colour: (value) => amount((value - low) / span), scale: [low ?? 0, high ?? 1] };
}

/** What the two sides of a diverging ramp mean. */
function sides({ diverging, helps, legend }: Chart["options"]): string {
  if (!diverging) return "";
  const [below, above] = helps === "negative" ? ["blue", "vermilion"] : ["vermilion", "blue"];
  if (legend) return `${below}: ${legend[0]}, ${above}: ${legend[1]}`;
  if (helps) return helps === "negative" ? "blue (below 0) helps, vermilion hurts" : "vermilion hurts, blue helps";
  return `${below}: below 0, ${above}: above 0`;
}

/** The key of a ramp: its ends and middle in numbers, the column's name beside it, and what else is to be said below. */
export function keyOf(chart: Chart, [low, high]: [number, number], width: number, more: string[] = []): { height: number; marks: string } {
  const { diverging, helps } = chart.options;
  const long = Math.min(220, width * 0.5);
  const turn = diverging && helps === "negative" ? -1 : 1;
  const pieces = Array.from({ length: STEPS + 1 }, (_, k) => tag("rect", {
    x: 0.5 + (k * long) / (STEPS + 1), width: long / (STEPS + 1) + 0.6, y: 2, height: 9,
    fill: diverging ? signed(turn * ((2 * k) / STEPS - 1)) : amount(k / STEPS),
  }));
  const middle = diverging ? 0 : (low + high) / 2;
  const said = [low, middle, high].map((value) => number(value));
  const anchors = ["start", "middle", "end"];
  const name = [chart.names.value, chart.units.value].filter(Boolean).join(", ");
  const lines = [sides(chart.options), ...more].filter(Boolean).flatMap((text) => wrapped(text, width - 8, 11));
  return {
    height: 36 + lines.length * 15,
    marks: pieces.join("") + tag("rect", { x: 0.5, y: 2, width: long, height: 9, fill: "none", stroke: FAINT, "stroke-width": 0.5 }) +
      said.map((text, k) => words(text, (k * long) / 2, 24, { fill: SOFT, "text-anchor": anchors[k], "font-size": 11 })).join("") +
      words(fitted(name, width - long - 16, 11), long + 12, 11, { fill: SOFT, "font-size": 11 }) +
      lines.map((text, k) => words(text, 0, 40 + k * 15, { fill: SOFT, "font-size": 11 })).join(""),
  };
}

/** Rows so that like stands beside like: along the first principal axis of their values; or by mean; or as they come. */
function ordered(rows: string[], columns: string[], value: (row: string, column: string) => Cell, sort: string | undefined): string[] {
  if (sort === "none" || rows.length < 3) return rows;
  const means = rows.map((row) => mean(columns.map((column) => value(row, column)).filter(isNumber)) ?? -Infinity);
  const by = (keys: number[]) => rows.map((_, k) => k).sort((a, b) => keys[b] - keys[a] || a - b).map((k) => rows[k]);
  if (sort === "value" || columns.length < 3) return by(means);
  const middle = columns.map((column) => mean(rows.map((row) => value(row, column)).filter(isNumber)) ?? 0);
  const table = rows.map((row) => columns.map((column, c) => { const one = value(row, column); return isNumber(one) ? one - middle[c] : 0; }));
  let axis = columns.map((_, k) => 1 + k / columns.length);
  let scores = rows.map(() => 0);
  for (let turn = 0; turn < 60; turn++) {
    scores = table.map((row) => row.reduce((sum, one, c) => sum + one * axis[c], 0));
    const next = columns.map((_, c) => table.reduce((sum, row, r) => sum + row[c] * scores[r], 0));
    const size = Math.hypot(...next);
    if (!(size > 0)) return by(means);
    axis = next.map((one) => one / size);
  }
  const up = scores.reduce((sum, score, k) => sum + score * (Number.isFinite(means[k]) ? means[k] : 0), 0) < 0 ? -1 : 1;
  return by(scores.map((score) => up * score));
}
