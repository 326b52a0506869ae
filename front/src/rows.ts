// The rows that a picture draws now, as a table beside the first rows of the whole table.
import { distinct, isNumber, length, ofFacet, type Cell, type Chart } from "./chart";
import { cell } from "./numbers";
import { spoken } from "./svg";

const MOST = 400;

/** A table of the chosen facet's rows; the column of the facet itself is in the caption. */
export function drawnRows(chart: Chart, facet: string): HTMLElement {
  const data = ofFacet(chart.data, facet);
  const roles = Object.keys(data).filter((role) => role !== "facet");
  const columns = distinct(roles.map((role) => chart.names[role])).map((name) => roles.find((role) => chart.names[role] === name)!);
  const many = length(data);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  const right = columns.map((role) => data[role].some(isNumber));
  columns.forEach((role, k) => {
    const one = document.createElement("th");
    one.textContent = chart.names[role];
    if (chart.units[role]) {
      const unit = document.createElement("small");
      unit.textContent = chart.units[role];
      one.append(unit);
    }
    if (right[k]) one.style.textAlign = "right";
    head.append(one);
  });
  const body = table.createTBody();
  for (let row = 0; row < Math.min(many, MOST); row++) {
    const line = body.insertRow();
    columns.forEach((role, k) => {
      const one = line.insertCell();
      one.textContent = said(role, data[role][row]);
      if (right[k]) one.style.textAlign = "right";
    });
  }
  const whole = document.createElement("div");
  whole.className = "now";
  const caption = document.createElement("p");
  caption.className = "rest";
  caption.textContent = `What the picture draws of ${spoken(facet)}: ${many} rows${many > MOST ? `, the first ${MOST} here` : ""}.`;
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", caption.textContent);
  scroll.append(table);
  const next = document.createElement("p");
  next.className = "rest";
  next.textContent = "The whole table begins:";
  whole.append(caption, scroll, next);
  return whole;
}

/** Years and periods plain, amounts as the house writes them. */
function said(role: string, value: Cell): string {
  if (role === "x" || role === "quantile") return value === null ? "–" : String(value);
  if (role === "actual" || role === "stable") return value === 1 ? "yes" : value === 0 ? "no" : String(value ?? "");
  return cell(value);
}
