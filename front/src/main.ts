// One bundle: in a browser it brings the page to life, elsewhere it draws a picture when asked.
import type { View } from "./chart";
import { draw } from "./draw";
import { unpacked, type PackedChart } from "./pack";
import { start } from "./page";

declare const globalThis: Record<string, unknown>;

globalThis.coevolve = {
  figure: (packed: string, view: string): string => draw(unpacked(JSON.parse(packed) as PackedChart), JSON.parse(view) as View),
};

if (typeof document !== "undefined") start();
