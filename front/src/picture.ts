// What every picture shares: its outer frame, tips, keys of colours, and the words for what is left out.
import type { Chart, View } from "./chart";
import { INK, SOFT, writtenOut } from "./colours";
import { escaped, tag, textWidth, words, wrapped } from "./svg";

export const FONT =
  "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','Liberation Sans',sans-serif";

export interface Drawn {
  height: number;
  marks: string;
  notes?: string[]; // what the picture leaves out or cuts, in words
}

/** The attributes of a mark that answers to the pointer and the keys. */
export function tip(lines: string[], name?: string): Record<string, string> {
  return { "data-tip": lines.join("\n"), ...(name === undefined ? {} : { "data-name": name }) };
}

/** The whole SVG around the marks. */
export function framed(chart: Chart, view: View, drawn: Drawn): string {
  const head = view.words ? heading(chart, view) : { height: 0, marks: "" };
  const notes = [...(drawn.notes ?? []), ...(view.words && chart.left ? [chart.left] : [])];
  const lines = notes.flatMap((note) => wrapped(note, view.width - 8, 12));
  const height = head.height + drawn.height + (lines.length ? lines.length * 16 + 10 : 0);
  const foot = lines.map((line, k) => words(line, 0, head.height + drawn.height + 16 + k * 16, { fill: SOFT }));
  const label = [chart.title, view.facet, chart.alt].filter(Boolean).join(". ");
  const svg = tag(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${Math.round(view.width)} ${Math.round(height)}`,
      width: Math.round(view.width),
      height: Math.round(height),
      role: "img",
      "aria-label": label,
      "font-family": FONT,
      "font-size": 12,
      class: "picture",
    },
    view.plain ? tag("title", {}, escaped(label)) : "",
    view.words ? tag("rect", { width: view.width, height, fill: "var(--v-paper)" }) : "",
    head.marks,
    head.height ? tag("g", { transform: `translate(0 ${head.height})` }, drawn.marks) : drawn.marks,
    foot,
  );
  return view.plain ? writtenOut(svg.replace(/ data-(tip|name)="[^"]*"/g, "")) : svg;
}

function heading(chart: Chart, view: View): { height: number; marks: string } {
  const title = wrapped(chart.title, view.width, 16.5);
  const under = [chart.subtitle, view.facet].filter(Boolean).join(" · ");
  const subtitle = wrapped(under, view.width, 13);
  const marks =
    title.map((line, k) => words(line, 0, 18 + k * 20, { fill: INK, "font-size": 16, "font-weight": 600 })).join("") +
    subtitle.map((line, k) => words(line, 0, 18 + title.length * 20 + k * 17, { fill: SOFT, "font-size": 13 })).join("");
  return { height: 18 + title.length * 20 + subtitle.length * 17, marks };
}

export interface Entry {
  text: string;
  colour: string;
  dash?: string;
  shape?: "line" | "box" | "dot";
  more?: Record<string, string>; // what makes the entry answer to the pointer
}

/** A key of colours in rows, for where direct labels do not fit. */
export function key(entries: Entry[], width: number): { height: number; marks: string } {
  let x = 0;
  let y = 12;
  const marks: string[] = [];
  for (const { text, colour, dash, shape = "line", more } of entries) {
    const wide = 22 + textWidth(text) + 16;
    if (x > 0 && x + wide > width) {
      x = 0;
      y += 18;
    }
    const made = [
      shape === "line"
        ? tag("line", { x1: x, x2: x + 16, y1: y - 4, y2: y - 4, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash })
        : tag("rect", { x: x + 2, y: y - 10, width: 12, height: 12, fill: colour, rx: shape === "dot" ? 6 : 1.5 }),
      words(text, x + 22, y, { fill: INK }),
    ];
    marks.push(more ? tag("g", more, made) : made.join(""));
    x += wide;
  }
  return { height: entries.length ? y + 10 : 0, marks: marks.join("") };
}
