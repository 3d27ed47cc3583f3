import { type Finding, messageOf } from '../ignition/finding.ts';

/** `FILE:LINE:COLUMN: error: what is wrong (path in the config)`, as compilers write it. */
export function describeFinding(name: string, finding: Finding): string {
  const { severity, path, line, column, next } = finding;
  const kind = severity === 'warning' ? 'warning' : 'error';
  const where = path === '' ? '' : ` (${path})`;
  return `${name}:${line}:${column}: ${kind}: ${messageOf(finding)}${where}${next ? `. ${next}` : ''}`;
}
