import { chart } from './chart.ts';
import { modelTables } from './model-table.ts';
import { type Results, summaryTable, tables } from './report.ts';

/** The cases in the picture of docs/performance.md: the comparison with other programs, on both networks. */
const shown = ['xz, blocks', 'network of 1 Gbit/s'];

export function picture({ cases }: Results): string {
  return chart(cases.filter(({ name }) => shown.includes(name)));
}

/** The parts of the results in the pages, each between comments that name it. */
const parts = { tables, summary: summaryTable, model: modelTables };

/** The parts in each page. */
export const pages: Readonly<Record<string, readonly (keyof typeof parts)[]>> = {
  'docs/performance.md': ['tables', 'model'],
  'README.md': ['summary'],
};

/** The page with these parts replaced. */
export function filledIn(
  page: string,
  names: readonly (keyof typeof parts)[],
  results: Results,
): string {
  return names.reduce((text, name) => withPart(text, name, parts[name](results)), page);
}

/** The page with one part replaced, which stands between comments that name it. */
export function withPart(page: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [before, rest] = split(page, start);
  const [, after] = split(rest, end);
  return before + start + content + end + after;
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`the page has no ${mark.trim()}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
