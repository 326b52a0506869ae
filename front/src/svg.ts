// SVG as text, and how wide text is without a screen to measure it on.

type Value = string | number | boolean | null | undefined;

export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function tag(name: string, attributes: Record<string, Value>, ...children: (string | string[] | false)[]): string {
  let text = `<${name}`;
  for (const key in attributes) {
    const value = attributes[key];
    if (value === undefined || value === null || value === false || value === "") continue;
    text += ` ${key}="${typeof value === "number" ? (key.endsWith("opacity") ? Math.round(value * 100) / 100 : round(value)) : escaped(String(value))}"`;
  }
  const inside = children.flat().filter(Boolean).join("");
  return inside ? `${text}>${inside}</${name}>` : `${text}/>`;
}

export function words(text: string, x: number, y: number, more: Record<string, Value> = {}): string {
  return tag("text", { x, y, ...more }, escaped(text));
}

/** A name as words: names_like_this are said without their underscores, all others as they stand. */
export function spoken(name: string): string {
  return /^[a-z0-9]+(_[a-z0-9]+)+$/.test(name) ? name.replace(/_/g, " ") : name;
}

const NARROW = /[iljtfrI.,:;'|!()[\] \-/]/;
const WIDE = /[mwMW@%—]/;
const CAPITAL = /[A-Z&]/;

/** About how wide a text is set in a system sans serif, a little generous. */
export function textWidth(text: string, size = 12): number {
  let width = 0;
  for (const one of text) {
    if (one === "\u2009") width += 0.2;
    else if (NARROW.test(one)) width += 0.37;
    else if (WIDE.test(one)) width += 0.93;
    else if (CAPITAL.test(one)) width += 0.7;
    else if (one.charCodeAt(0) > 0x2e80) width += 1;
    else width += 0.615;
  }
  return width * size;
}

/** The text, cut in its middle to a width: names that begin alike stay apart by their ends. */
export function fitted(text: string, width: number, size = 12): string {
  if (textWidth(text, size) <= width) return text;
  for (let kept = text.length - 1; kept > 1; kept--) {
    const head = Math.ceil(kept / 2);
    const cut = `${text.slice(0, head).trimEnd()}…${text.slice(text.length - (kept - head)).trimStart()}`;
    if (textWidth(cut, size) <= width) return cut;
  }
  return "…";
}

/** Words broken into lines of at most that width. */
export function wrapped(text: string, width: number, size = 12): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && textWidth(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}

/** Moves wanted places apart so that neighbours keep their distance, inside [low, high]. */
export function spread(wanted: number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const placed = [...wanted];
  const room = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1));
  let least = low;
  for (const k of order) {
    placed[k] = Math.max(placed[k], least);
    least = placed[k] + room;
  }
  let most = high;
  for (const k of order.reverse()) {
    placed[k] = Math.min(placed[k], most);
    most = placed[k] - room;
  }
  return placed;
}
