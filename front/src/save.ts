// What a picture draws, as a file.
import type { Cell, Chart, Columns } from "./chart";

export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function csvOf(chart: Chart): string {
  return table(chart.data, (role) => (chart.names[role] ?? role).replace(/ /g, "_"));
}

function table(data: Columns, name: (role: string) => string): string {
  const roles = distinctBy(Object.keys(data), name);
  const rows = (data[roles[0]] ?? []).map((_, k) => roles.map((role) => quoted(data[role][k])).join(","));
  return [roles.map((role) => quoted(name(role))).join(","), ...rows, ""].join("\n");
}

/** Two roles may draw one column; it is written once. */
function distinctBy(roles: string[], name: (role: string) => string): string[] {
  return roles.filter((role, k) => roles.findIndex((other) => name(other) === name(role)) === k);
}

function quoted(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const plain = /^[=+\-@\t\r\n]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
  return /[",\n\r]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
}
