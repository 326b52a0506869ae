// A heat map: rows ordered by likeness, blue helps and vermilion hurts where signs matter, values on hover.
import { extent, mean } from "d3-array";
import { distinct, isNumber, length, ofFacet, type Cell, type Chart, type View } from "../chart";
import { amount, FAINT, HATCH, onRamp, SOFT, signed, STEPS } from "../colours";
import { cell, number, SIGNS, tickWords } from "../numbers";
import { tip, type Drawn } from "../picture";
import { fitted, spoken, tag, textWidth, words } from "../svg";

const MOST_ROWS = 90;

export function drawHeat(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const at = new Map<string, Cell>();
  for (let k = 0; k < length(data); k++) at.set(`${data.row[k]}\u0000${data.column[k]}`, data.value[k]);
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
  const left = Math.min(view.width * (view.width < 520 ? 0.36 : 0.3), Math.max(...rows.map((row) => textWidth(spoken(row), size)), 20)) + 8;
  const wide = Math.min(columns.length <= 8 ? 84 : 64, (view.width - left - 2) / columns.length);
  const isSmall = rows.length * columns.length <= 100 && wide >= 42;
  const tall = Math.max(rows.length > 45 ? 13 : 16, Math.min(28, wide, 560 / rows.length), isSmall ? 22 : 0);
  const turned = Math.max(...columns.map((column) => textWidth(spoken(column), 11))) > wide * (inTime ? 3 : 1) - 4;
  const headroom = turned ? Math.min(110, Math.max(...columns.map((column) => textWidth(spoken(column), 11))) * 0.72 + 12) : 20;
  const legend = keyOf(chart, scale, view.width);
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
      const sign = known ? "" : cell(found);
      const same = square && row === column && found === null;
      if (sign && !same) signs.add(sign);
      const box = tag("rect", { x, y, width: wide - gap, height: tall - gap, fill: known ? colour(found) : same ? "none" : HATCH, "fill-opacity": known || same ? undefined : 0.55, class: known ? "mark" : undefined, ...tip([`${row}, ${column}`, `${chart.names.value ?? "value"}: ${known ? number(found) : SIGNS[sign] ?? sign}`]) });
      marks.push(box, isSmall && known ? words(number(found), x + (wide - gap) / 2, y + tall / 2 + 4, { fill: onRamp(colour(found)), "text-anchor": "middle", "font-size": 11, "pointer-events": "none" }) : "", sign && !same && wide > 8 && !isGrey ? words(sign, x + wide / 2, y + tall / 2 + 4, { fill: SOFT, "text-anchor": "middle", "font-size": 11, "pointer-events": "none" }) : "");
    });
  });
  const said = [...signs].filter((sign) => SIGNS[sign]).map((sign) => (isGrey ? SIGNS[sign] : `${sign} ${SIGNS[sign]}`)).join(isGrey ? " or " : ", ");
  return { height: top + rows.length * tall + 4, marks: marks.join(""), notes: [...leftOut, ...(said ? [isGrey ? `Grey: ${said}.` : said] : [])] };
}

/** The colour of a value, and the ends of the scale. */
export function dye(chart: Chart, values: number[]): { colour: (value: number) => string; scale: [number, number] } {
  const [low, high] = chart.options.limits ?? (extent(values) as [number, number]);
  if (chart.options.diverging) {
    const most = Math.max(Math.abs(low ?? 0), Math.abs(high ?? 0)) || 1;
    const turn = chart.options.helps === "negative" ? -1 : 1;
    return { colour: (value) => signed((turn * value) / most), scale: [-most, most] };
  }
  const span = high - low || 1;
  return { colour: (value) => amount((value - low) / span), scale: [low ?? 0, high ?? 1] };
}

/** The key of a ramp, with its ends and middle in words. */
export function keyOf(chart: Chart, [low, high]: [number, number], width: number): { height: number; marks: string } {
  const { diverging, helps } = chart.options;
  const long = Math.min(220, width * 0.5);
  const turn = diverging && helps === "negative" ? -1 : 1;
  const pieces = Array.from({ length: STEPS + 1 }, (_, k) => tag("rect", {
    x: 0.5 + (k * long) / (STEPS + 1), width: long / (STEPS + 1) + 0.6, y: 2, height: 9,
    fill: diverging ? signed(turn * ((2 * k) / STEPS - 1)) : amount(k / STEPS),
  }));
  const middle = diverging ? 0 : (low + high) / 2;
  const said = tickWords([low, middle, high].map((value) => Number(value.toPrecision(3))));
  const anchors = ["start", "middle", "end"];
  const name = [chart.names.value, chart.units.value].filter(Boolean).join(", ");
  const side = diverging && width > 420 ? (turn > 0 ? "vermilion hurts, blue helps" : "blue (below zero) helps, vermilion hurts") : "";
  return {
    height: 36,
    marks: pieces.join("") + tag("rect", { x: 0.5, y: 2, width: long, height: 9, fill: "none", stroke: FAINT, "stroke-width": 0.5 }) +
      said.map((text, k) => words(text, (k * long) / 2, 24, { fill: SOFT, "text-anchor": anchors[k], "font-size": 11 })).join("") +
      words(fitted(side || name, width - long - 16, 11), long + 12, 11, { fill: SOFT, "font-size": 11 }),
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
