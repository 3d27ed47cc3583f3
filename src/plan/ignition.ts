import { InputError } from '../errors.ts';
import type { ConfigSummary, Finding } from '../ignition/finding.ts';
import { validateIgnition } from '../ignition/validate.ts';
import type { IgnitionCheck } from '../parameters/parameters.ts';

/** What is known of a config that may be used. */
export interface CheckedConfig {
  /** Spec version, such as `3.0.0`; undefined when it was not looked at. */
  readonly version: string | undefined;
  readonly summary: ConfigSummary | undefined;
  /** A sentence each. */
  readonly warnings: readonly string[];
}

/** More are left to `coreos-installer ignition validate`. */
const mostWarnings = 10;

/** Checks a config called `name`; one that must not be used is an `InputError`. */
export function checkIgnitionConfig(
  bytes: Uint8Array,
  name: string,
  check: IgnitionCheck,
): CheckedConfig {
  if (check === 'off') return { version: undefined, summary: undefined, warnings: [] };
  const { findings, version, summary } = validateIgnition(bytes);
  const [fatal] = findings.filter(({ severity }) => severity === 'fatal');
  if (fatal !== undefined) {
    throw refuse(name, described(fatal), fatal.next ?? 'Check the file.');
  }
  const [error, ...others] = findings.filter(({ severity }) => severity === 'error');
  if (check === 'error' && error !== undefined) {
    const more =
      others.length === 0
        ? ''
        : `, and ${others.length} more ${others.length === 1 ? 'error' : 'errors'}`;
    throw refuse(
      name,
      `${described(error)}${more}`,
      'Correct it; coreos-installer ignition validate FILE tells all that is wrong.',
    );
  }
  return { version, summary, warnings: warningsOf(findings, name) };
}

function refuse(name: string, why: string, next: string): InputError {
  return new InputError({ failed: `Cannot use ${name} as Ignition config`, why, next });
}

function warningsOf(findings: readonly Finding[], name: string): string[] {
  const warnings = findings.slice(0, mostWarnings).map((finding) => {
    const kind = finding.severity === 'error' ? 'error in the config' : 'config';
    return `${kind} ${name}: ${described(finding)}.`;
  });
  const left = findings.length - warnings.length;
  if (left > 0)
    warnings.push(`${left} more; coreos-installer ignition validate FILE tells all of them.`);
  return warnings;
}

/** `storage.files[2].mode: the message (line 3, column 14)` */
function described({ path, line, column, message }: Finding): string {
  const place = line === 1 && column === 1 ? '' : ` (line ${line}, column ${column})`;
  return `${path === '' ? '' : `${path}: `}${message}${place}`;
}
