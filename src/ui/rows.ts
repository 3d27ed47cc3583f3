/** A label with the lines next to it. */
export type Row = readonly [label: string, ...lines: (string | undefined)[]];

/** Aligned lines, each row's label before its first line; undefined lines are left out. */
export function alignedRows(rows: readonly Row[], indent = ''): string[] {
  const known = rows
    .map(([label, ...lines]) => ({ label, lines: lines.filter((line) => line !== undefined) }))
    .filter(({ lines }) => lines.length > 0);
  const width = Math.max(...known.map(({ label }) => label.length)) + 2;
  return known.flatMap(({ label, lines }) =>
    lines.map((line, index) => indent + (index === 0 ? `${label}:` : '').padEnd(width) + line),
  );
}

/** Left-aligned columns, two spaces apart; no spaces at the end of a line. */
export function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
