export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Adds a range to sorted, separate ranges; those that touch become one. */
export function addRange(ranges: readonly Range[], added: Range): Range[] {
  const before = ranges.filter(({ end }) => end < added.start);
  const after = ranges.filter(({ start }) => start > added.end);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const start = Math.min(added.start, ...touching.map((range) => range.start));
  const end = Math.max(added.end, ...touching.map((range) => range.end));
  return [...before, { start, end }, ...after];
}

/** What is left of the ranges without one. */
export function withoutRange(ranges: readonly Range[], { start, end }: Range): Range[] {
  return ranges.flatMap((range) =>
    [
      { start: range.start, end: Math.min(range.end, start) },
      { start: Math.max(range.start, end), end: range.end },
    ].filter((rest) => rest.start < rest.end),
  );
}

export function overlaps(ranges: readonly Range[], { start, end }: Range): boolean {
  return ranges.some((range) => range.start < end && start < range.end);
}

/** The same ranges, each widened to whole sectors; those that then touch become one. */
export function alignRanges(ranges: readonly Range[], sectorBytes: number): Range[] {
  return ranges.reduce<Range[]>(
    (aligned, { start, end }) =>
      addRange(aligned, {
        start: Math.floor(start / sectorBytes) * sectorBytes,
        end: Math.ceil(end / sectorBytes) * sectorBytes,
      }),
    [],
  );
}

export function totalOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
