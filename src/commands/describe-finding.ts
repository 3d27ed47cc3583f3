import type { Finding } from '../ignition/finding.ts';

/** `FILE:LINE:COLUMN: error: what is wrong (path in the config)`, as compilers write it. */
export function describeFinding(name: string, finding: Finding): string {
  const { severity, path, line, column, message, next } = finding;
  const kind = severity === 'warning' ? 'warning' : 'error';
  const where = path === '' ? '' : ` (${path})`;
  return `${name}:${line}:${column}: ${kind}: ${message}${where}${next ? `. ${next}` : ''}`;
}
