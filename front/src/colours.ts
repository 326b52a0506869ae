// Every colour of the pictures, light and dark, as CSS variables; a picture of its own has the light ones written out.
import { interpolateRgbBasis } from "d3-interpolate";

// Okabe and Ito's palette; the three that are too pale on white are darkened until marks reach a contrast of 3.
const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#c46a9b", "#b97f00", "#2a8fc7", "#857c00"];
const DARK = ["#5aade0", "#f58345", "#33c298", "#e09ac2", "#e8a81c", "#95cff2", "#e3d94a"];

export const CATEGORIES = LIGHT.length;
export const STEPS = 32;

const AMOUNTS = interpolateRgbBasis(["#f4f6dd", "#c3e3bd", "#78c3b0", "#3f9aa4", "#326e95", "#33417c", "#2b1b57"]);
const AMOUNTS_DARK = interpolateRgbBasis(["#23284a", "#2f3f78", "#316a92", "#3c97a3", "#70c0ae", "#bfe1b8", "#f4f6dd"]);
const SIGNED = interpolateRgbBasis(["#a63f00", "#d55e00", "#eda878", "#fbfaf8", "#86bfe0", "#0072b2", "#00507f"]);
const SIGNED_DARK = interpolateRgbBasis(["#ff9a5c", "#e0702a", "#7f4a2a", "#25292d", "#2b587a", "#3f96cf", "#86ccf7"]);

function palette(dark: boolean): Record<string, string> {
  const made: Record<string, string> = dark
    ? { ink: "#e8e6e1", soft: "#a9adb1", faint: "#7d8388", rule: "#33383d", paper: "#15181b", grey: "#8f959a", hatch: "#3a4046" }
    : { ink: "#1c1e21", soft: "#5b6065", faint: "#868b90", rule: "#e1e2e0", paper: "#ffffff", grey: "#85898d", hatch: "#d9dad7" };
  (dark ? DARK : LIGHT).forEach((colour, k) => (made[`c${k}`] = colour));
  for (let k = 0; k <= STEPS; k++) {
    made[`a${k}`] = hex((dark ? AMOUNTS_DARK : AMOUNTS)(k / STEPS));
    made[`s${k}`] = hex((dark ? SIGNED_DARK : SIGNED)(k / STEPS));
  }
  return made;
}

function hex(rgb: string): string {
  const parts = rgb.match(/\d+/g) ?? [];
  return "#" + parts.slice(0, 3).map((one) => Number(one).toString(16).padStart(2, "0")).join("");
}

export const INK = "var(--v-ink)";
export const SOFT = "var(--v-soft)";
export const FAINT = "var(--v-faint)";
export const RULE = "var(--v-rule)";
export const PAPER = "var(--v-paper)";
export const GREY = "var(--v-grey)";
export const HATCH = "var(--v-hatch)";
export const HELPS = "var(--v-c0)";
export const HURTS = "var(--v-c1)";

/** The colour of the k-th category; grey from the eighth on. */
export function category(k: number): string {
  return k < CATEGORIES ? `var(--v-c${k})` : GREY;
}

export function amount(share: number): string {
  return `var(--v-a${step(share)})`;
}

/** -1 hurts (vermilion), 0 white, 1 helps (blue). */
export function signed(share: number): string {
  return `var(--v-s${step((share + 1) / 2)})`;
}

/** Ink or paper: which of them reads better on a colour of a ramp. */
export function onRamp(fill: string): string {
  const found = /--v-([as])(\d+)/.exec(fill);
  if (!found) return INK;
  const strength = Number(found[2]);
  const isStrong = found[1] === "a" ? strength > STEPS * 0.45 : Math.abs(strength - STEPS / 2) > STEPS * 0.3;
  return isStrong ? PAPER : INK;
}

function step(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * STEPS);
}

const LIGHT_NOW = palette(false);

/** The style sheet of the variables, for a page. */
export function styleSheet(): string {
  const said = (dark: boolean) =>
    Object.entries(palette(dark)).map(([name, colour]) => `--v-${name}:${colour}`).join(";");
  return (
    `:root{${said(false)}}` +
    `@media (prefers-color-scheme:dark){:root:not([data-mode=light]){${said(true)}}}` +
    `:root[data-mode=dark]{${said(true)}}@media print{:root:root{${said(false)}}}`
  );
}

/** A picture with the light colours written out, for programs that know no variables. */
export function writtenOut(svg: string): string {
  return svg.replace(/var\(--v-([a-z0-9]+)\)/g, (_, name: string) => LIGHT_NOW[name]);
}
