// The page's data as it lies in the file, and back to columns: what recurs once, then a letter or a place for each row.
import type { Cell, Chart, Columns } from "./chart";

export type Packed = Cell[] | { w: Cell[]; i: number[] } | { w: Cell[]; s: string } | { n: string };

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export interface PackedChart extends Omit<Chart, "data" | "also"> {
  data: Record<string, Packed>;
  also: Record<string, Record<string, Packed>>;
}

export function unpacked(packed: PackedChart): Chart {
  const also = Object.fromEntries(Object.entries(packed.also).map(([name, table]) => [name, columns(table)]));
  return { ...packed, data: columns(packed.data), also };
}

function cells(column: Packed): Cell[] {
  if (Array.isArray(column)) return column;
  if ("n" in column) return column.n.split(",").map(numberOf);
  if ("i" in column) return column.i.map((k) => column.w[k]);
  return [...column.s].map((letter) => column.w[LETTERS.indexOf(letter)]);
}

/** A number; nothing is missing, and what is no number is the sign of an absence. */
function numberOf(text: string): Cell {
  if (text === "") return null;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

function columns(table: Record<string, Packed>): Columns {
  return Object.fromEntries(
    Object.entries(table).map(([name, column]) => [name, cells(column)]),
  );
}
