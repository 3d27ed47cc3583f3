import { chart } from './chart.ts';
import { modelTables } from './model-table.ts';
import { type Results, tables } from './report.ts';

/** The cases that the README's picture shows: what stands beside peers, on both networks. */
const shown = ['xz, blocks', 'network of 1 Gbit/s'];

export function picture({ cases }: Results): string {
  return chart(cases.filter(({ name }) => shown.includes(name)));
}

/** The page with its tables made anew: they stand between comments that name them. */
export function filledIn(page: string, results: Results): string {
  const parts = { tables: tables(results), model: modelTables(results) };
  return Object.entries(parts).reduce((text, [name, content]) => {
    const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
    const [before, rest] = split(text, start);
    const [, after] = split(rest, end);
    return before + start + content + end + after;
  }, page);
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`the page has no ${mark.trim()}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
