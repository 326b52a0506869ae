// A picture is a pure function of its data and of how it is looked at.
import { facets, type Chart, type View } from "./chart";
import { drawBands } from "./kinds/bands";
import { drawBars } from "./kinds/bars";
import { drawFlows } from "./kinds/flows";
import { drawHeat } from "./kinds/heat";
import { drawLines } from "./kinds/lines";
import { drawMap } from "./kinds/map";
import { drawNetwork } from "./kinds/network";
import { drawPhase } from "./kinds/phase";
import { drawScatter } from "./kinds/scatter";
import { framed, type Drawn } from "./picture";
import { words } from "./svg";

const KINDS: Record<string, (chart: Chart, view: View) => Drawn> = {
  lines: drawLines,
  bands: drawBands,
  bars: drawBars,
  heat: drawHeat,
  scatter: drawScatter,
  network: drawNetwork,
  phase: drawPhase,
  flows: drawFlows,
  map: drawMap,
};

export function draw(chart: Chart, view: View): string {
  const shown = view.facet ?? facets(chart)[0];
  const full = { ...view, facet: shown };
  const empty = Object.values(chart.data).every((cells) => cells.length === 0);
  return framed(chart, full, empty ? nothing() : KINDS[chart.kind](chart, full));
}

function nothing(): Drawn {
  return { height: 40, marks: words("There is nothing to draw: the table has no rows.", 0, 22, { fill: "var(--v-soft)" }) };
}
