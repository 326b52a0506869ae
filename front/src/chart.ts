// What a picture is given: the columns its roles name, already chosen; and how it is to be looked at.

export type Cell = number | string | null; // in a number column: null missing, "c" suppressed, "·" not applicable
export type Columns = Record<string, Cell[]>;

export interface Chart {
  id: string;
  kind: string;
  title: string;
  subtitle: string;
  alt: string;
  data: Columns; // keyed by role
  names: Record<string, string>; // role -> the column's name in words
  units: Record<string, string>; // role -> unit
  also: Record<string, Columns>;
  options: Options;
  left: string; // what was left out of the page, in words
}

export interface Options {
  diverging?: boolean;
  helps?: "positive" | "negative";
  legend?: [string, string]; // what below 0 and above 0 mean
  log_x?: boolean;
  log_y?: boolean;
  zero?: boolean;
  origin?: number | string;
  grey?: string[];
  dashed?: string[];
  limits?: [number, number];
  sort?: string;
  stacked?: boolean;
  vertical?: boolean;
  dots?: boolean;
  total?: string;
  rule?: number;
  directed?: boolean;
  size?: string; // what the size of a node counts
  x_label?: string;
  y_label?: string;
  diagonal?: boolean;
  geojson?: unknown;
  key?: string;
}

/** How near a network is looked at, and which point of its whole frame is in the middle, as shares of its sides. */
export interface Look {
  near: number;
  x: number;
  y: number;
}

export interface View {
  width: number;
  facet?: string;
  words?: boolean; // write title and subtitle into the picture (for a file of its own)
  plain?: boolean; // no tips, colours written out
  kept?: string[]; // the names the reader clicked
  look?: Look; // which part of a network
  id?: string; // makes ids inside the picture unique on the page
}

/** The columns of one facet. */
export function ofFacet(data: Columns, facet: string | undefined): Columns {
  const by = data.facet;
  if (!by || facet === undefined) return data;
  const rows = by.flatMap((value, k) => (String(value) === facet ? [k] : []));
  return Object.fromEntries(Object.entries(data).map(([role, cells]) => [role, rows.map((k) => cells[k])]));
}

export function facets(chart: Chart): string[] {
  return chart.data.facet ? distinct(chart.data.facet.map(String)) : [];
}

export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}

export function isNumber(cell: Cell | undefined): cell is number {
  return typeof cell === "number" && Number.isFinite(cell);
}

export function length(data: Columns): number {
  for (const role in data) return data[role].length;
  return 0;
}

export function truth(cell: Cell | undefined): boolean {
  return cell === 1 || cell === "yes" || cell === "true" || cell === "True" || cell === "stable";
}
