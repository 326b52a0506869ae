// The page around the pictures: draws them at their width, answers the pointer and the keys, gives files away.
import { distinct, facets, type Chart } from "./chart";
import { styleSheet } from "./colours";
import { draw } from "./draw";
import { lookable, lookKey, lookOf, wasDragged } from "./look";
import { unpacked, type PackedChart } from "./pack";
import { drawnRows } from "./rows";
import { csvOf, save } from "./save";
import { spoken } from "./svg";

const charts = new Map<string, Chart>();
const chosen = new Map<string, string>();
const kept = new Map<string, string[]>();
let tips: HTMLElement;
let said: HTMLElement;

export function start(): void {
  const sheet = document.createElement("style");
  sheet.textContent = styleSheet();
  document.head.append(sheet);
  document.documentElement.classList.add("js");
  tips = made("div", { id: "tip", hidden: "" });
  said = made("div", { class: "unseen", "aria-live": "polite" });
  document.body.append(tips, said);
  for (const table of all<HTMLDetailsElement>("details.table.folded")) table.open = false;
  for (const frame of all(".canvas")) awaken(frame);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.addEventListener("pointermove", pointed);
  document.addEventListener("focusout", (event) => (event.target as Element).closest?.(".canvas") && untold());
  let width = innerWidth;
  let waiting = 0;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => all(".canvas").forEach(redraw), 120);
  });
  watchRail();
}

function all<Kind extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): Kind[] {
  return [...within.querySelectorAll<Kind>(selector)];
}

function made(name: string, attributes: Record<string, string>, text = ""): HTMLElement {
  const one = document.createElement(name);
  for (const key in attributes) one.setAttribute(key, attributes[key]);
  one.textContent = text;
  return one;
}

/** Reads a picture's data, gives it its chooser, and draws it. */
function awaken(frame: HTMLElement): void {
  const id = frame.id;
  const source = document.getElementById(`${id}-data`);
  if (!source) return;
  const chart = unpacked(JSON.parse(source.textContent ?? "") as PackedChart);
  charts.set(id, chart);
  const choices = facets(chart);
  if (choices.length > 1) {
    const label = made("label", { class: "chooser" }, chart.names.facet ? `${chart.names.facet} ` : "");
    const select = made("select", { "data-chooser": id }) as HTMLSelectElement;
    for (const one of choices) select.append(made("option", { value: one }, spoken(one) || "all"));
    label.append(select);
    select.addEventListener("change", () => {
      chosen.set(id, select.value);
      redraw(frame);
      showRows(frame);
    });
    frame.before(label);
  }
  if (chart.kind === "network") lookable(frame, namesIn(chart), { redraw, keepOnly, say: (text) => (said.textContent = text) });
  const sentence = { network: " Enter keeps one and lights its neighbours; plus, minus and 0 bring it nearer, further, whole.", map: " Enter keeps one." }[chart.kind] ?? "";
  frame.setAttribute("tabindex", "0");
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", `${chart.title}. Arrow keys walk through the values.${sentence}`);
  redraw(frame);
}

function redraw(frame: HTMLElement): void {
  const chart = charts.get(frame.id);
  if (!chart) return;
  const width = Math.max(260, Math.floor(frame.clientWidth));
  frame.innerHTML = draw(chart, { width, facet: chosen.get(frame.id), kept: kept.get(frame.id), look: lookOf(frame.id), id: frame.id });
}

/** The nodes of a network, in the order of their table, else as its links name them. */
function namesIn(chart: Chart): string[] {
  return distinct((chart.also.nodes?.label ?? [...chart.data.source, ...chart.data.target]).map(String));
}

// ---------------------------------------------------------------- telling values

function pointed(event: PointerEvent): void {
  const mark = (event.target as Element).closest?.<SVGElement>(".canvas [data-tip]");
  if (mark) tell(mark, event.clientX, event.clientY);
  else if (!tips.hidden && !document.activeElement?.closest(".canvas")) untold();
}

function tell(mark: SVGElement, x: number, y: number): void {
  for (const other of all(".told")) other.classList.remove("told");
  mark.classList.add("told");
  const [head, ...lines] = (mark.dataset.tip ?? "").split("\n");
  tips.replaceChildren(made("b", {}, head), ...lines.slice(0, 14).map((line) => made("div", {}, line)));
  if (lines.length > 14) tips.append(made("div", {}, `and ${lines.length - 14} more`));
  tips.hidden = false;
  const { width, height } = tips.getBoundingClientRect();
  const left = x + 14 + width > innerWidth - 8 ? x - width - 14 : x + 14;
  tips.style.left = `${Math.max(8, left)}px`;
  tips.style.top = `${Math.max(8, Math.min(y + 14, innerHeight - height - 8))}px`;
}

function untold(): void {
  tips.hidden = true;
  for (const other of all(".told")) other.classList.remove("told");
}

/** The next mark of a picture by the arrow keys. */
function walk(frame: HTMLElement, by: number): void {
  const marks = [...frame.querySelectorAll<SVGElement>("[data-tip]:not(.dim)")];
  if (!marks.length) return;
  const now = marks.findIndex((mark) => mark.classList.contains("told"));
  const next = marks[(now + by + marks.length + (now < 0 && by < 0 ? 1 : 0)) % marks.length];
  const box = next.getBoundingClientRect();
  tell(next, box.left + box.width / 2, box.top + Math.min(box.height / 2, 40));
  said.textContent = (next.dataset.tip ?? "").replace(/\n/g, ", ");
}

function keep(frame: HTMLElement, name: string | undefined): void {
  const before = kept.get(frame.id) ?? [];
  const after = name === undefined ? [] : before.includes(name) ? before.filter((one) => one !== name) : [...before, name];
  if (before.length === after.length) return;
  kept.set(frame.id, after);
  redraw(frame);
}

function keepOnly(frame: HTMLElement, name: string): void {
  kept.set(frame.id, [name]);
  redraw(frame);
}

// ---------------------------------------------------------------- pointer and keys

function clicked(event: MouseEvent): void {
  const target = event.target as Element;
  const button = target.closest<HTMLElement>("[data-do]");
  if (button) {
    act(button, event);
    return;
  }
  const frame = target.closest<HTMLElement>(".canvas");
  if (frame && !(frame.classList.contains("near") && wasDragged())) keep(frame, target.closest<SVGElement>("[data-name]")?.dataset.name);
}

function act(button: HTMLElement, event: Event): void {
  const figure = button.closest<HTMLElement>("figure");
  const frame = figure?.querySelector<HTMLElement>(".canvas");
  const chart = frame && charts.get(frame.id);
  const what = button.dataset.do;
  if (what === "table" || what === "code") {
    event.preventDefault();
    unfold(button);
  } else if (what === "keys") help();
  else if (what === "svg" && frame && chart)
    save(`${frame.id}.svg`, "image/svg+xml", draw(chart, { width: 760, facet: chosen.get(frame.id), words: true, plain: true, id: frame.id }));
  else if (what === "csv" && frame && chart) save(`${frame.id}.csv`, "text/csv", csvOf(chart));
  else if (what === "copy") void navigator.clipboard?.writeText(button.parentElement?.querySelector("pre")?.textContent ?? "");
}

/** Opens or closes what a button controls. */
function unfold(button: HTMLElement): void {
  const folded = document.getElementById(button.getAttribute("aria-controls") ?? "") as HTMLDetailsElement | null;
  if (!folded) return;
  folded.open = !folded.open;
  const frame = button.closest("figure")?.querySelector<HTMLElement>(".canvas");
  if (frame && button.dataset.do === "table") showRows(frame, folded);
  for (const other of all(`[aria-controls="${folded.id}"]`)) other.setAttribute("aria-expanded", String(folded.open));
  if (folded.open) folded.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
}

/** The rows of the chosen facet, above the first rows of the whole table. */
function showRows(frame: HTMLElement, given?: HTMLDetailsElement): void {
  const button = frame.closest("figure")?.querySelector('[data-do="table"]');
  const folded = given ?? (document.getElementById(button?.getAttribute("aria-controls") ?? "") as HTMLDetailsElement | null);
  const chart = charts.get(frame.id);
  folded?.querySelector(".now")?.remove();
  if (!folded?.open || !chart) return;
  const choices = facets(chart);
  if (choices.length > 1) folded.querySelector("summary")?.after(drawnRows(chart, chosen.get(frame.id) ?? choices[0]));
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as HTMLElement;
  const frame = target.closest<HTMLElement>(".canvas");
  if (event.key === "Escape") {
    untold();
    if (frame) keep(frame, undefined);
    return;
  }
  if (target.closest("select, input, textarea")) return;
  if (frame && /^Arrow/.test(event.key)) {
    event.preventDefault();
    walk(frame, /Right|Down/.test(event.key) ? 1 : -1);
  } else if (frame && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    keepTold(frame);
  } else if (frame && lookKey(frame, event.key)) event.preventDefault();
  else if (event.key === "?") help();
  else if (event.key === "n" || event.key === "j") step(1);
  else if (event.key === "p" || event.key === "k") step(-1);
  else if (event.key === "t") {
    const button = (target.closest("figure") ?? (target.closest("section") ?? here())?.querySelector("figure"))?.querySelector<HTMLElement>('[data-do="table"]');
    if (button) unfold(button);
  }
}

/** Keeps the mark that is told, and goes on telling it once the picture is drawn anew. */
function keepTold(frame: HTMLElement): void {
  const name = frame.querySelector<SVGElement>(".told")?.dataset.name;
  if (name === undefined) return;
  keep(frame, name);
  const again = [...frame.querySelectorAll<SVGElement>("[data-name]")].find((mark) => mark.dataset.name === name);
  again?.classList.add("told");
}

function help(): void {
  const dialog = document.getElementById("keys") as HTMLDialogElement | null;
  if (dialog && !dialog.open) dialog.showModal();
}

// ---------------------------------------------------------------- the rail

function sections(): HTMLElement[] {
  return all("main > section[id]");
}

function here(): HTMLElement | undefined {
  const above = sections().filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
  return above.at(-1) ?? sections()[0];
}

function step(by: number): void {
  const listed = sections();
  const next = listed[listed.indexOf(here()!) + by];
  if (!next) return;
  next.scrollIntoView({ behavior: calm() ? "auto" : "smooth" });
  next.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
}

function watchRail(): void {
  const links = new Map(all<HTMLAnchorElement>("nav.rail a").map((link) => [link.hash.slice(1), link]));
  let waiting = false;
  const mark = () => {
    waiting = false;
    const now = here()?.id;
    for (const [id, link] of links) {
      if (id === now) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }, { passive: true });
  mark();
}
