import { type Finding, messageOf } from '../config/ignition/finding.ts';
import { withCode } from '../lib/failure-codes.ts';

/** `FILE:LINE:COLUMN: error: what is wrong (path in the config) [code]`, as compilers write it. */
export function describeFinding(name: string, finding: Finding): string {
  const { severity, code, path, line, column, next } = finding;
  const kind = severity === 'warning' ? 'warning' : 'error';
  const where = path === '' ? '' : ` (${path})`;
  const text = `${name}:${line}:${column}: ${kind}: ${messageOf(finding)}${where}`;
  return withCode(`${text}${next ? `. ${next}` : ''}`, code);
}
