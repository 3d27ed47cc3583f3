import { InputError, type Reason } from '../lib/errors.ts';
import type { IgnitionCheck } from '../parameters/parameters.ts';
import { type Place, relocate } from './butane/yaml-places.ts';
import {
  type ConfigSummary,
  type Finding,
  type FindingCode,
  messageOf,
} from './ignition/finding.ts';
import { validateIgnition } from './ignition/validate.ts';

/** What is known of a config that may be used. */
export interface CheckedConfig {
  /** Spec version, such as `3.0.0`; undefined when it was not checked. */
  readonly version: string | undefined;
  readonly summary: ConfigSummary | undefined;
  /** A sentence each. */
  readonly warnings: readonly string[];
}

/** More are left to `coreos-installer ignition validate`. */
const mostWarnings = 10;

/**
 * Checks a config called `name`; one that must not be used is an `InputError`. By default (`check`
 * is undefined) that is one with an error that stops every release of Ignition: the machine would
 * hang on its first boot, and nobody reads the warnings of an unattended installation.
 */
export function checkIgnitionConfig(
  bytes: Uint8Array,
  name: string,
  check: IgnitionCheck | undefined,
  translation?: Translation,
): CheckedConfig {
  if (check === 'off') return { version: undefined, summary: undefined, warnings: [] };
  const { findings: found, version, summary } = validateIgnition(bytes);
  const findings = translation === undefined ? found : relocated(found, translation);
  const [fatal] = findings.filter(({ severity }) => severity === 'fatal');
  if (fatal !== undefined) {
    throw refuse(name, {
      code: fatal.code,
      why: described(fatal),
      next: fatal.next ?? 'Check the file.',
    });
  }
  const [error, ...others] = findings.filter(
    ({ severity, doubtful }) =>
      severity === 'error' && check !== 'warn' && (check === 'error' || doubtful === undefined),
  );
  if (error !== undefined) {
    const more =
      others.length === 0
        ? ''
        : `, and ${others.length} more ${others.length === 1 ? 'error' : 'errors'}`;
    throw refuse(name, {
      code: error.code,
      why: `${described(error)}${more}`,
      next: `Correct it; ${listAll(translation)}. To install it anyway: --check-ignition warn (coreos.inst.check_ignition=warn).`,
    });
  }
  return { version, summary, warnings: warningsOf(findings, name, translation) };
}

const listAll = (translation: Translation | undefined) =>
  `coreos-installer ${translation === undefined ? 'ignition validate' : 'translate'} FILE lists everything that is wrong`;

/** Of a config that was translated from YAML. */
export interface Translation {
  /** What was found in the YAML; no errors. */
  readonly findings: readonly Finding[];
  /** Where each value is in the YAML, by its path in the Ignition config. */
  readonly places: ReadonlyMap<string, Place>;
}

/** What is wrong, with its place in the YAML. */
function relocated(found: readonly Finding[], { findings, places }: Translation): Finding[] {
  return [...findings, ...found.map((finding) => relocate(finding, places))];
}

function refuse(name: string, reason: Reason<FindingCode>): InputError {
  return new InputError({ failed: `Cannot use ${name} as Ignition config`, ...reason });
}

function warningsOf(
  findings: readonly Finding[],
  name: string,
  translation: Translation | undefined,
): string[] {
  const warnings = findings.slice(0, mostWarnings).map((finding) => {
    const kind = finding.severity === 'error' ? 'error in the config' : 'config';
    return `${kind} ${name}: ${described(finding)}.`;
  });
  const left = findings.length - warnings.length;
  if (left > 0) warnings.push(`${left} more; ${listAll(translation)}.`);
  return warnings;
}

/** `storage.files[2].mode: the message (line 3, column 14)` */
export function described(finding: Finding): string {
  const { path, line, column } = finding;
  const place = line === 1 && column === 1 ? '' : ` (line ${line}, column ${column})`;
  return `${path === '' ? '' : `${path}: `}${messageOf(finding)}${place}`;
}
