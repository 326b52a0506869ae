// The states of the United States on a grid of tiles: postal code, FIPS code, name, column, row.
const LISTED =
  "AL 01 6 6 Alabama|AK 02 0 0 Alaska|AZ 04 1 5 Arizona|AR 05 4 5 Arkansas|CA 06 0 4 California|CO 08 2 4 Colorado|" +
  "CT 09 9 3 Connecticut|DE 10 9 4 Delaware|DC 11 8 5 District of Columbia|FL 12 8 7 Florida|GA 13 7 6 Georgia|" +
  "HI 15 0 7 Hawaii|ID 16 1 2 Idaho|IL 17 5 2 Illinois|IN 18 5 3 Indiana|IA 19 4 3 Iowa|KS 20 3 5 Kansas|" +
  "KY 21 5 4 Kentucky|LA 22 4 6 Louisiana|ME 23 10 0 Maine|MD 24 8 4 Maryland|MA 25 9 2 Massachusetts|" +
  "MI 26 6 2 Michigan|MN 27 4 2 Minnesota|MS 28 5 6 Mississippi|MO 29 4 4 Missouri|MT 30 2 2 Montana|NE 31 3 4 Nebraska|" +
  "NV 32 1 3 Nevada|NH 33 10 1 New Hampshire|NJ 34 8 3 New Jersey|NM 35 2 5 New Mexico|NY 36 8 2 New York|" +
  "NC 37 6 5 North Carolina|ND 38 3 2 North Dakota|OH 39 6 3 Ohio|OK 40 3 6 Oklahoma|OR 41 0 3 Oregon|" +
  "PA 42 7 3 Pennsylvania|RI 44 10 3 Rhode Island|SC 45 7 5 South Carolina|SD 46 3 3 South Dakota|TN 47 5 5 Tennessee|" +
  "TX 48 3 7 Texas|UT 49 1 4 Utah|VT 50 9 1 Vermont|VA 51 7 4 Virginia|WA 53 0 2 Washington|WV 54 6 4 West Virginia|" +
  "WI 55 5 1 Wisconsin|WY 56 2 3 Wyoming";

export interface Tile {
  code: string;
  name: string;
  column: number;
  row: number;
}

const TILES = new Map<string, Tile>();
for (const one of LISTED.split("|")) {
  const [code, fips, column, row, ...name] = one.split(" ");
  const tile = { code, name: name.join(" "), column: Number(column), row: Number(row) };
  for (const key of [code, fips, String(Number(fips)), `${fips}000`, `US-${code}`, tile.name]) TILES.set(key.toLowerCase(), tile);
}

export function tileOf(place: string): Tile | undefined {
  return TILES.get(place.trim().toLowerCase());
}

export function allTiles(): Tile[] {
  return [...new Set(TILES.values())];
}
