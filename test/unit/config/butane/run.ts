import { goJson } from '../../../../src/config/butane/go-json.ts';
import type { LocalFiles } from '../../../../src/config/butane/local-files.ts';
import { translate } from '../../../../src/config/butane/translate.ts';

/** The Ignition config as text, or what is wrong, as `line:column severity path: message`. */
export function run(yaml: string | Uint8Array, localFiles?: LocalFiles): string {
  const { findings, result } = translate(
    typeof yaml === 'string' ? Buffer.from(yaml) : yaml,
    localFiles,
  );
  if (result !== undefined && findings.length === 0) return goJson(result.config, false);
  return findings
    .map(
      ({ line, column, severity, path, message }) =>
        `${line}:${column} ${severity}${path && ` ${path}`}: ${message}`,
    )
    .join('\n');
}

/** The Ignition config as a value. */
// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like.
export function translated(yaml: string | Uint8Array, localFiles?: LocalFiles): any {
  return JSON.parse(run(yaml, localFiles));
}
