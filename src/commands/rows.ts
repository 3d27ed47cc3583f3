/** What stands beside a label: one line, or several. */
export type Row = readonly [label: string, ...lines: (string | undefined)[]];

/** Aligned lines, each row's label before its first line; what is undefined is left out. */
export function alignedRows(rows: readonly Row[], indent = ''): string[] {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, ...lines]) =>
    lines
      .filter((line) => line !== undefined)
      .map((line, index) => indent + (index === 0 ? `${label}:` : '').padEnd(width) + line),
  );
}
