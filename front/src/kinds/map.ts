// A map: the user's own GeoJSON, else tiles for the states of the United States, else places in order.
import { geoConicEqualArea, geoEqualEarth, geoPath, type GeoPermissibleObjects } from "d3-geo";
import { isNumber, length, ofFacet, type Cell, type Chart, type View } from "../chart";
import { FAINT, HATCH, onRamp, PAPER, SOFT } from "../colours";
import { cell, number, SIGNS } from "../numbers";
import { tip, type Drawn } from "../picture";
import { allTiles, tileOf } from "../states";
import { fitted, tag, textWidth, words } from "../svg";
import { dye, keyOf } from "./heat";

interface Feature {
  type: "Feature";
  id?: string | number;
  properties: Record<string, unknown> | null;
  geometry: GeoPermissibleObjects;
}

interface Place {
  name: string;
  value: Cell;
}

export function drawMap(chart: Chart, view: View): Drawn {
  const data = ofFacet(chart.data, view.facet);
  const places = Array.from({ length: length(data) }, (_, k): Place => ({ name: String(data.place[k]), value: data.value[k] }));
  const { colour, scale } = dye(chart, chart.data.value.filter(isNumber));
  const legend = keyOf(chart, scale, view.width);
  const paint = (place: Place | undefined) => (place && isNumber(place.value) ? colour(place.value) : HATCH);
  const features = featuresOf(chart.options.geojson);
  const drawn = features.length
    ? shapes(chart, places, features, view, legend.height, paint)
    : places.length > 0 && places.filter((place) => tileOf(place.name)).length >= places.length * 0.8
      ? stateTiles(chart, places, view, legend.height, paint)
      : plainTiles(chart, places, view, legend.height, paint);
  return { ...drawn, marks: legend.marks + drawn.marks };
}

function told(chart: Chart, place: Place | undefined, name: string): Record<string, string> {
  const value = place ? (isNumber(place.value) ? number(place.value) : (SIGNS[cell(place.value)] ?? "missing")) : "not in the table";
  return tip([name, `${chart.names.value ?? "value"}: ${value}`], name);
}

function featuresOf(given: unknown): Feature[] {
  const found = (given as { features?: Feature[] } | undefined)?.features;
  return Array.isArray(found) ? found : [];
}

const NAMES = ["name", "NAME", "Name", "NUTS_ID", "nuts_id", "GEOID", "id", "code", "CODE", "iso_3166_2", "STUSPS"];

function shapes(chart: Chart, places: Place[], features: Feature[], view: View, top: number, paint: (place: Place | undefined) => string): Drawn {
  const keys = chart.options.key ? [chart.options.key] : NAMES;
  const byName = new Map(places.map((place) => [place.name.toLowerCase(), place]));
  const of = (feature: Feature) =>
    [feature.id, ...keys.map((key) => feature.properties?.[key])].map((one) => byName.get(String(one ?? "").toLowerCase())).find(Boolean);
  const collection = { type: "FeatureCollection", features } as unknown as GeoPermissibleObjects;
  const height = Math.min(520, view.width * 0.66);
  const [[west, south], [east, north]] = boundsOf(features);
  const projection = east - west > 150
    ? geoEqualEarth()
    : geoConicEqualArea().rotate([-(west + east) / 2, 0]).parallels([south + (north - south) / 6, north - (north - south) / 6]);
  projection.fitExtent([[2, top + 2], [view.width - 2, top + height]], collection as never);
  const path = geoPath(projection).digits(1);
  const found = new Set(features.map(of).filter(Boolean));
  const marks = features.map((feature) => {
    const place = of(feature);
    const name = place?.name ?? String(keys.map((key) => feature.properties?.[key]).find(Boolean) ?? feature.id ?? "");
    return tag("path", { d: path(feature as never), fill: paint(place), stroke: PAPER, "stroke-width": 0.7, class: "mark", ...told(chart, place, name) });
  });
  const lost = places.length - found.size;
  return { height: top + height + 6, marks: marks.join(""), notes: lost > 0 ? [`${lost} of ${places.length} places are not on the map.`] : [] };
}

function boundsOf(features: Feature[]): [[number, number], [number, number]] {
  let [west, south, east, north] = [180, 90, -180, -90];
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") {
      west = Math.min(west, part[0]);
      east = Math.max(east, part[0]);
      south = Math.min(south, part[1]);
      north = Math.max(north, part[1]);
    } else part.forEach(visit);
  };
  for (const feature of features) visit((feature.geometry as { coordinates?: unknown }).coordinates);
  return [[west, south], [east, north]];
}

function stateTiles(chart: Chart, places: Place[], view: View, top: number, paint: (place: Place | undefined) => string): Drawn {
  const side = Math.min(58, (view.width - 4) / 11);
  const left = (view.width - side * 11) / 2;
  const byTile = new Map(places.map((place) => [tileOf(place.name)?.code, place]));
  const marks = allTiles().map((tile) => {
    const place = byTile.get(tile.code);
    return square(chart, place, tile.name, tile.code, left + tile.column * side, top + tile.row * side, side, side, paint(place));
  });
  return { height: top + 8 * side + 4, marks: marks.join("") };
}

/** Without a map: one tile a place in alphabetical order, which says nothing of where they lie. */
function plainTiles(chart: Chart, places: Place[], view: View, top: number, paint: (place: Place | undefined) => string): Drawn {
  const order = [...places].sort((a, b) => (a.name < b.name ? -1 : 1));
  const longest = Math.max(...order.map((place) => textWidth(place.name, 11)), 30);
  const wide = Math.max(56, Math.min(longest + 14, 120));
  const columns = Math.max(2, Math.floor(view.width / wide));
  const width = view.width / columns;
  const height = 44;
  const marks = order.map((place, k) => square(chart, place, place.name, fitted(place.name, width - 12, 11), (k % columns) * width, top + Math.floor(k / columns) * height, width, height, paint(place)));
  return { height: top + Math.ceil(order.length / columns) * height + 4, marks: marks.join(""), notes: ["Places in alphabetical order: there is no map of them here."] };
}

function square(chart: Chart, place: Place | undefined, name: string, code: string, x: number, y: number, wide: number, tall: number, fill: string): string {
  const known = place !== undefined && isNumber(place.value);
  const ink = known ? onRamp(fill) : SOFT;
  const sign = place && !known ? cell(place.value) : "";
  return tag("g", { class: "mark", ...told(chart, place, name) },
    tag("rect", { x: x + 1, y: y + 1, width: wide - 2, height: tall - 2, fill: place ? fill : "none", "fill-opacity": known || !place ? undefined : 0.5, stroke: place ? undefined : FAINT, "stroke-width": 0.6, "stroke-dasharray": place ? undefined : "2 2", rx: 2 }),
    words(code, x + wide / 2, y + tall / 2 + (wide > 44 ? -1 : 4), { fill: ink, "text-anchor": "middle", "font-size": wide > 34 ? 12 : 10 }),
    wide > 44 && place !== undefined && words(known ? number(place.value as number) : sign, x + wide / 2, y + tall / 2 + 14, { fill: ink, "text-anchor": "middle", "font-size": 11, "fill-opacity": 0.9 }));
}
