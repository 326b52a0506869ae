// Looking closer at a network: buttons and a search above it, wheel, pinch and drag in it, keys while it has focus.
import type { Look } from "./chart";

const NEAREST = 12;
const STEP = 1.5;
const WHOLE: Look = { near: 1, x: 0.5, y: 0.5 };

const looks = new Map<string, Look>();

export function lookOf(id: string): Look | undefined {
  return looks.get(id);
}

/** What the page does for a network: draws it anew, keeps one name alone, says a sentence to who cannot see. */
export interface Reader {
  redraw: (frame: HTMLElement) => void;
  keepOnly: (frame: HTMLElement, name: string) => void;
  say: (text: string) => void;
}

let reader: Reader;
/** Actors below which a network is read at a glance and needs no tools. */
const FEW = 12;

let dragged = false;

/** Whether the last press moved the picture, so that its click keeps nothing. */
export function wasDragged(): boolean {
  return dragged;
}

/** Puts the tools above a network and lets it answer to wheel, pinch and drag. */
export function lookable(frame: HTMLElement, names: string[], page: Reader): void {
  if (names.length < FEW) return;
  reader = page;
  frame.classList.add("near");
  const bar = document.createElement("div");
  bar.className = "look";
  const label = document.createElement("label");
  const search = document.createElement("input");
  const listed = document.createElement("datalist");
  const answer = document.createElement("output");
  listed.id = `${frame.id}-names`;
  listed.append(...names.map((name) => new Option(name, name)));
  search.type = "search";
  search.setAttribute("list", listed.id);
  search.addEventListener("change", () => (answer.textContent = found(frame, names, search.value)));
  label.append("find ", search);
  bar.append(label, listed, ...[["−", "further away", 1 / STEP], ["+", "nearer", STEP], ["whole", "the whole network", 0]].map(([text, title, by]) => button(frame, text as string, title as string, by as number)), answer);
  frame.before(bar);
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    nearer(frame, Math.exp(-event.deltaY / 300), pointIn(frame, event));
  }, { passive: false });
  frame.addEventListener("dblclick", (event) => nearer(frame, 2, pointIn(frame, event)));
  drags(frame);
}

function button(frame: HTMLElement, text: string, title: string, by: number): HTMLButtonElement {
  const one = document.createElement("button");
  one.type = "button";
  one.textContent = text;
  one.setAttribute("aria-label", title);
  one.addEventListener("click", () => nearer(frame, by));
  return one;
}

/** The keys of a network that has the focus; false for any other key. */
export function lookKey(frame: HTMLElement, key: string): boolean {
  const by = { "+": STEP, "=": STEP, "-": 1 / STEP, "0": 0 }[key];
  if (by === undefined || !frame.classList.contains("near")) return false;
  nearer(frame, by);
  return true;
}

/** Nearer by a factor around a point of the frame (shares of its sides); 0 shows the whole again. */
function nearer(frame: HTMLElement, by: number, at = { x: 0.5, y: 0.5 }): void {
  const look = looks.get(frame.id) ?? WHOLE;
  const near = Math.min(NEAREST, look.near * by);
  if (by === 0 || near <= 1.01) show(frame, WHOLE);
  else {
    const held = { x: look.x + (at.x - 0.5) / look.near, y: look.y + (at.y - 0.5) / look.near };
    show(frame, { near, x: held.x - (at.x - 0.5) / near, y: held.y - (at.y - 0.5) / near });
  }
  reader.say(near <= 1.01 || by === 0 ? "the whole network" : `${Math.round(near * 10) / 10} times nearer`);
}

let waiting = 0;

/** Draws that part of the network, once a frame however often it is asked. */
function show(frame: HTMLElement, { near, x, y }: Look): void {
  const half = 0.5 / near;
  const held = (place: number) => Math.max(half, Math.min(1 - half, place));
  looks.set(frame.id, near === 1 ? WHOLE : { near, x: held(x), y: held(y) });
  frame.classList.toggle("moved", near > 1);
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => reader.redraw(frame));
}

function pointIn(frame: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const box = (frame.querySelector("svg") ?? frame).getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/** One pointer moves what is looked at, two bring it nearer; a press that moves nothing is a click. */
function drags(frame: HTMLElement): void {
  const down = new Map<number, PointerEvent>();
  frame.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, event);
    dragged = false;
  });
  const release = (event: PointerEvent) => down.delete(event.pointerId);
  for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) frame.addEventListener(name, release);
  frame.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const [moveX, moveY] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!dragged && Math.hypot(moveX, moveY) < 4) return;
    const other = [...down.values()].find((one) => one.pointerId !== event.pointerId);
    const look = looks.get(frame.id) ?? WHOLE;
    if (other) {
      const apart = (one: PointerEvent) => Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
      nearer(frame, apart(event) / apart(before), pointIn(frame, other));
    } else if (look.near > 1) {
      const box = (frame.querySelector("svg") ?? frame).getBoundingClientRect();
      show(frame, { near: look.near, x: look.x - moveX / box.width / look.near, y: look.y - moveY / box.height / look.near });
    } else return;
    dragged = true;
    down.set(event.pointerId, event);
  });
}

/** Keeps the name that was typed and brings it and its neighbours near; what is said when there is none. */
function found(frame: HTMLElement, names: string[], typed: string): string {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return "";
  const name = names.find((one) => one.toLowerCase() === wanted) ?? names.find((one) => one.toLowerCase().startsWith(wanted)) ?? names.find((one) => one.toLowerCase().includes(wanted));
  if (name === undefined) return `not among the ${names.length} in this picture`;
  looks.set(frame.id, WHOLE);
  frame.classList.remove("moved");
  reader.keepOnly(frame, name);
  const lit = [...frame.querySelectorAll<SVGCircleElement>("circle.node:not(.dim)")];
  const whole = frame.querySelector("svg")!.getBoundingClientRect();
  const boxes = lit.map((one) => one.getBoundingClientRect());
  const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
  const [top, foot] = [Math.min(...boxes.map((box) => box.top)), Math.max(...boxes.map((box) => box.bottom))];
  const near = 0.8 / Math.max((right - left) / whole.width, (foot - top) / whole.height);
  if (near > 1.2) show(frame, { near: Math.min(NEAREST / 2, near), x: ((left + right) / 2 - whole.left) / whole.width, y: ((top + foot) / 2 - whole.top) / whole.height });
  reader.say((lit.find((one) => one.dataset.name === name)?.dataset.tip ?? "").replace(/\n/g, ", "));
  return "";
}
