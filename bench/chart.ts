import type { CaseResult } from './report.ts';
import { median } from './statistics.ts';

const size = { widthPx: 760, labelPx: 270, rowPx: 24, titlePx: 34, marginPx: 14, valuePx: 140 };
const colours = { ours: '#2a7ab8', others: '#b9bec4', text: '#24292f', paper: '#ffffff' };

/** A bar chart of the median times, with a group for each case: SVG. */
export function chart(cases: readonly CaseResult[]): string {
  const longestMs = Math.max(...cases.flatMap(bars).map(({ ms }) => ms));
  const barsPx = size.widthPx - size.labelPx - size.valuePx - 2 * size.marginPx;
  let y = size.marginPx;
  const lines: string[] = [];
  const text = (x: number, content: string, more = '') =>
    `<text x="${x}" y="${y + 16}" ${more}>${escaped(content)}</text>`;
  for (const one of cases) {
    lines.push(text(size.marginPx, one.name, 'font-weight="bold"'));
    y += size.titlePx - 6;
    for (const { program, ms, peakBytes } of bars(one)) {
      const ours = program.startsWith('coreos-installer');
      const start = size.marginPx + size.labelPx;
      const width = Math.max(1, Math.round((ms / longestMs) * barsPx));
      const fill = ours ? colours.ours : colours.others;
      lines.push(
        text(start - 8, program, `text-anchor="end"${ours ? ' font-weight="bold"' : ''}`),
        `<rect x="${start}" y="${y + 3}" width="${width}" height="${size.rowPx - 7}" fill="${fill}"/>`,
        text(start + width + 6, `${(ms / 1000).toFixed(1)} s, ${Math.round(peakBytes / 1e6)} MB`),
      );
      y += size.rowPx;
    }
    y += size.marginPx;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.widthPx}" height="${y}" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="${colours.text}">
<rect width="100%" height="100%" rx="8" fill="${colours.paper}"/>
${lines.join('\n')}
</svg>
`;
}

function bars({ runs }: CaseResult) {
  return Object.entries(runs)
    .map(([program, its]) => ({
      program,
      ms: median(its.map(({ wallMs }) => wallMs)),
      peakBytes: Math.max(...its.map((run) => run.peakBytes)),
    }))
    .toSorted((a, b) => a.ms - b.ms);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
