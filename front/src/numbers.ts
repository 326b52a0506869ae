// Numbers as the house writes them: three significant figures, thin spaces, a true minus. Twin of show/numbers.py.
import type { Cell } from "./chart";

const THIN = "\u2009";
const MINUS = "\u2212";

const LARGE = 1e9;
const SMALL = 1e-4;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** " × 10" and the exponent raised. */
function power(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((one) => RAISED[Number(one)]).join("");
  return `${THIN}×${THIN}10${exponent < 0 ? "⁻" : ""}${digits}`;
}

export function number(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : MINUS + "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text: string;
  if (size < SMALL || size >= LARGE) {
    const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
    text = trimmed(mantissa) + power(Number(exponent));
  } else if (size >= 10 ** (digits - 1)) text = grouped(size.toFixed(0));
  else text = trimmed(size.toFixed(digits - 1 - Math.floor(Math.log10(size))));
  return (value < 0 ? MINUS : "") + text;
}

export function cell(value: Cell | undefined): string {
  return typeof value === "number" ? number(value) : value === null || value === undefined ? "–" : value;
}

export const SIGNS: Record<string, string> = { "–": "missing", c: "suppressed", "·": "not applicable" };

export function interval(value: number, low: Cell | undefined, high: Cell | undefined): string {
  return typeof low === "number" && typeof high === "number"
    ? `${number(value)} (${number(low)} to ${number(high)})`
    : number(value);
}

/** Labels for a set of ticks, all with the decimals the step asks for. */
export function tickWords(ticks: number[]): string[] {
  if (ticks.length < 2) return ticks.map((tick) => number(tick));
  const step = Math.min(...ticks.slice(1).map((tick, k) => Math.abs(tick - ticks[k])));
  const most = Math.max(...ticks.map(Math.abs));
  const exponent = Math.floor(Math.log10(most || 1) + 1e-9);
  const isOdd = most > 0 && (most >= LARGE || step < SMALL);
  const [divide, word] = isOdd ? [10 ** exponent, power(exponent)] : most >= 2e6 ? [1e6, THIN + "m"] : [1, ""];
  const decimals = Math.max(0, -Math.floor(Math.log10(step / divide) + 1e-9));
  return ticks.map((tick) => {
    if (tick === 0) return "0";
    const text = Math.abs(tick / divide).toFixed(decimals);
    const [whole, part] = text.split(".");
    return (tick < 0 ? MINUS : "") + grouped(whole) + (part ? "." + part : "") + word;
  });
}

function grouped(whole: string): string {
  return whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}
