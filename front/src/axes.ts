// Scales and axes: time that is a number or a period, nice ticks, hairlines, the names of the axes.
import { scaleLinear, scaleLog } from "d3-scale";
import type { ScaleContinuousNumeric } from "d3-scale";
import { distinct, isNumber, type Cell } from "./chart";
import { FAINT, RULE, SOFT } from "./colours";
import { tickWords } from "./numbers";
import { tag, textWidth, words } from "./svg";

export type Scale = ScaleContinuousNumeric<number, number>;

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Time {
  place: (cell: Cell | undefined) => number;
  said: (place: number) => string;
  ticks: (low: number, high: number, many: number) => [number, string][];
  names: boolean; // ordered names, not amounts
}

const PERIOD = /^(\d{4})-(?:Q([1-4])|(\d{2}))$/;

/** Where periods lie on a line: years and numbers as they are, quarters and months as parts of a year, names in order. */
export function timeOf(cells: Cell[]): Time {
  const known = cells.filter((cell) => cell !== null && cell !== "");
  if (known.every(isNumber)) return numeric(known);
  if (known.every((cell) => PERIOD.test(String(cell)))) return calendar(known.map(String));
  const order = distinct(cells.map(String));
  const at = new Map(order.map((name, k) => [name, k]));
  return {
    place: (cell) => at.get(String(cell)) ?? NaN,
    said: (place) => order[Math.round(place)] ?? "",
    ticks: (_low, _high, many) => {
      const every = Math.max(1, Math.ceil(order.length / many));
      return order.flatMap((name, k): [number, string][] => (k % every === 0 ? [[k, name]] : []));
    },
    names: true,
  };
}

function numeric(known: number[]): Time {
  const whole = known.every(Number.isInteger);
  const years = whole && known.every((value) => value >= 1000 && value <= 2999);
  return {
    place: (cell) => (isNumber(cell) ? cell : NaN),
    said: (place) => (years ? String(place) : tickWords([place])[0]),
    ticks: (low, high, many) => {
      let ticks = scaleLinear().domain([low, high]).ticks(many);
      if (whole) ticks = ticks.filter(Number.isInteger);
      const said = years ? ticks.map(String) : tickWords(ticks);
      return ticks.map((tick, k) => [tick, said[k]]);
    },
    names: false,
  };
}

function calendar(known: string[]): Time {
  const place = (text: string) => {
    const found = PERIOD.exec(text);
    if (!found) return NaN;
    return Number(found[1]) + (found[2] ? (Number(found[2]) - 1) / 4 : (Number(found[3]) - 1) / 12);
  };
  const back = new Map(known.map((text) => [place(text).toFixed(3), text]));
  return {
    place: (cell) => place(String(cell)),
    said: (at) => back.get(at.toFixed(3)) ?? at.toFixed(2),
    ticks: (low, high, many) => {
      const ticks = scaleLinear().domain([low, high]).ticks(many).filter(Number.isInteger);
      return ticks.length > 1
        ? ticks.map((tick) => [tick, String(tick)])
        : known.filter((_, k) => k % Math.ceil(known.length / many) === 0).map((text) => [place(text), text]);
    },
    names: false,
  };
}

/** A scale from data to pixels; logarithmic only where every value is above zero. */
export function scaleOf(low: number, high: number, from: number, to: number, log = false, nice = 5): Scale {
  if (log && low > 0) return scaleLog().domain([low, high]).range([from, to]);
  const [a, b] = low === high ? [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)] : [low, high];
  const made = scaleLinear().domain([a, b]).range([from, to]);
  return nice ? made.nice(nice) : made;
}

export function ticksOf(scale: Scale, many: number): [number, string][] {
  let ticks = scale.ticks(many);
  if ("base" in scale) {
    const decades = ticks.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
    ticks = decades.length > 2 ? decades : ticks.filter((tick) => /^[125]/.test(tick.toExponential()));
    return ticks.map((tick) => [tick, tickWords([tick])[0]]);
  }
  const said = tickWords(ticks);
  return ticks.map((tick, k) => [tick, said[k]]);
}

export function widest(ticks: [number, string][], size = 12): number {
  return Math.max(0, ...ticks.map(([, text]) => textWidth(text, size)));
}

/** Horizontal hairlines with their numbers at the left; the zero line stronger. */
export function leftAxis(scale: Scale, ticks: [number, string][], box: Box, hasZero = true): string {
  return tag(
    "g",
    { class: "axis" },
    ticks.map(([tick, text]) => {
      const y = scale(tick);
      return (
        tag("line", { x1: box.left, x2: box.right, y1: y, y2: y, stroke: tick === 0 && hasZero ? FAINT : RULE }) +
        words(text, box.left - 8, y + 4, { fill: SOFT, "text-anchor": "end" })
      );
    }),
  );
}

/** Ticks and words below; `grid` draws hairlines upwards too. */
export function bottomAxis(scale: (place: number) => number, ticks: [number, string][], box: Box, grid = false): string {
  let last = -Infinity;
  return tag(
    "g",
    { class: "axis" },
    tag("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, stroke: FAINT }),
    ticks.map(([tick, text]) => {
      const x = scale(tick);
      const half = textWidth(text) / 2;
      const line = tag("line", {
        x1: x, x2: x, y1: grid ? box.top : box.bottom, y2: box.bottom + 4, stroke: grid ? RULE : FAINT,
      });
      if (x - half < last + 6) return line;
      last = x + half;
      return line + words(text, x, box.bottom + 18, { fill: SOFT, "text-anchor": "middle" });
    }),
  );
}

export function axisName(text: string, x: number, y: number, anchor: "start" | "end"): string {
  return words(text, x, y, { fill: SOFT, "text-anchor": anchor, class: "name" });
}
