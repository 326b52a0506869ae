// A forecast as a fan: 95, 80 and 50 per cent bands, the median, and what was actually seen.
import { timeOf } from "../axes";
import { distinct, isNumber, ofFacet, type Chart, type Columns, type View } from "../chart";
import type { Drawn } from "../picture";
import { drawSeries, wardrobe, type Series } from "./lines";

const PAIRS: [number, number][] = [[0.025, 0.975], [0.1, 0.9], [0.25, 0.75]];

export function drawBands(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const seen = chart.also.actual ? ofFacet(chart.also.actual, view.facet) : {};
  const time = timeOf([...chart.data.x, ...(chart.also.actual?.x ?? [])]);
  const names = distinct((chart.data.series ?? []).map(String));
  const dressed = wardrobe(chart, names);
  const here = data.series ? distinct(data.series.map(String)) : [""];
  const several = here.filter((name) => !chart.options.grey?.includes(name)).length > 1;
  const forecasts = here.map((name): Series => ({ ...dressed(name, false), ...fan(data, name, time.place) }));
  const actual = actualOf(seen, several, time.place);
  forecasts.forEach((one, k) => {
    if (one.role === "grey") one.fans = undefined;
    else begin(one, actual[seen.series ? seenNames(seen).indexOf(here[k]) : 0]);
  });
  return drawSeries(chart, view, [...actual, ...forecasts], time);
}

function fan(data: Columns, name: string, place: ReturnType<typeof timeOf>["place"]): Pick<Series, "points" | "fans"> {
  const at = new Map<number, Map<number, number>>();
  data.x.forEach((cell, k) => {
    const value = data.value[k];
    if ((data.series && String(data.series[k]) !== name) || !isNumber(value)) return;
    const x = place(cell);
    if (!at.has(x)) at.set(x, new Map());
    at.get(x)!.set(Math.round(Number(data.quantile[k]) * 1000), value);
  });
  const places = [...at.keys()].sort((a, b) => a - b);
  const pairs = PAIRS.filter(([low, high]) => places.some((x) => at.get(x)!.has(low * 1000) && at.get(x)!.has(high * 1000)));
  return {
    points: places.map((x) => ({ x, y: at.get(x)!.get(500) ?? NaN })),
    fans: pairs.length
      ? places.map((x) => ({ x, bounds: pairs.map(([low, high]) => [at.get(x)!.get(low * 1000) ?? NaN, at.get(x)!.get(high * 1000) ?? NaN] as [number, number]) }))
      : undefined,
  };
}

function seenNames(seen: Columns): string[] {
  return distinct((seen.series ?? []).map(String));
}

/** A fan opens at the last value seen before it. */
function begin(one: Series, actual: Series | undefined): void {
  const first = one.points[0]?.x;
  const last = actual?.points.filter((point) => Number.isFinite(point.y) && point.x < first).at(-1);
  if (!last || one.points.length < 2 || first - last.x > 1.5 * (one.points[1].x - first)) return;
  one.points = [{ ...last, start: true }, ...one.points];
  one.fans = one.fans && [{ x: last.x, bounds: one.fans[0].bounds.map(() => [last.y, last.y]), start: true }, ...one.fans];
}

function actualOf(seen: Columns, several: boolean, place: ReturnType<typeof timeOf>["place"]): Series[] {
  if (!seen.x || !seen.y) return [];
  const names = seen.series?.map(String) ?? seen.x.map(() => "");
  return distinct(names).map((name) => ({
    name: several ? "" : "actual",
    role: "actual" as const,
    colour: "var(--v-ink)",
    points: names
      .flatMap((other, k) => (other === name ? [{ x: place(seen.x[k]), y: isNumber(seen.y[k]) ? seen.y[k] : NaN }] : []))
      .sort((a, b) => a.x - b.x),
  }));
}
