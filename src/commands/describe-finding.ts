import { withCode } from '../failure-codes.ts';
import { type Finding, messageOf } from '../ignition/finding.ts';

/** `FILE:LINE:COLUMN: error: what is wrong (path in the config) [code]`, as compilers write it. */
export function describeFinding(name: string, finding: Finding): string {
  const { severity, code, path, line, column, next } = finding;
  const kind = severity === 'warning' ? 'warning' : 'error';
  const where = path === '' ? '' : ` (${path})`;
  const text = `${name}:${line}:${column}: ${kind}: ${messageOf(finding)}${where}`;
  return withCode(`${text}${next ? `. ${next}` : ''}`, code);
}
