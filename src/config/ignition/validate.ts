import * as v from 'valibot';
import { type Place, type Reading, readValues } from './config-reader.ts';
import { type Budget, type CheckFurther, objectionsToEmbedded } from './embedded.ts';
import { codeOf, type Finding, formatPath, type IgnitionReport, type PathStep } from './finding.ts';
import { parseConfig } from './parse-config.ts';
import { configSchema } from './schema/config.ts';
import { isDoubtful } from './schema/rule.ts';
import { readVersion } from './spec-version.ts';
import { summarize } from './summary.ts';
import { warningsOf } from './warnings/warnings.ts';

export type { ConfigSummary, Finding, IgnitionReport, Severity } from './finding.ts';

/** More than anybody reads before the first few are corrected. */
const mostFindings = 50;

/**
 * Checks an Ignition config against the stable specifications 3.0.0 to 3.6.0, as far as that is
 * possible without the machine and the network. Throws nothing, whatever the bytes are, and reports
 * no value that could be secret.
 */
export function validateIgnition(bytes: Uint8Array): IgnitionReport {
  return validate(bytes, { leftBytes: mostUnpackedBytes }, 0);
}

/** Of all contents of a config, and of those in it, together. */
const mostUnpackedBytes = 64 * 1024 * 1024;
/** How far configs within configs are followed. */
const deepest = 5;

function validate(bytes: Uint8Array, budget: Budget, depth: number): IgnitionReport {
  const parsed = parseConfig(bytes);
  if (!('root' in parsed)) return refused({ severity: 'fatal', path: '', ...parsed });
  const version = readVersion(parsed.root);
  if ('severity' in version) return refused(version);
  const reading = readValues(parsed.root, parsed.text, version.minor);
  const result = v.safeParse(configSchema(version.minor), reading.value);
  const findings = [
    ...version.findings,
    ...reading.findings,
    ...(result.issues ?? []).map((issue) => findingOf(issue, reading)),
  ];
  if (result.typed) {
    const checkFurther: CheckFurther = (further) =>
      depth < deepest ? objectionToFurther(further, budget, depth + 1) : undefined;
    for (const [path, message, doubtful] of objectionsToEmbedded(
      result.output,
      budget,
      checkFurther,
    ))
      findings.push({
        severity: 'error',
        code: codeOf('error', doubtful),
        ...placeOf(path, reading),
        message,
        ...(doubtful && { doubtful }),
      });
  }
  if (result.typed) {
    for (const [path, message] of warningsOf(result.output, version.minor))
      findings.push({
        severity: 'warning',
        code: codeOf('warning'),
        ...placeOf(path, reading),
        message,
      });
  }
  return {
    findings: firstOf(version.known ? findings : findings.map(doubted)),
    version: version.text,
    summary: result.typed ? summarize(result.output) : undefined,
  };
}

/** The first error of a config within another. Since release 2.27 Ignition translates YAML itself. */
function objectionToFurther(
  bytes: Uint8Array,
  budget: Budget,
  depth: number,
): ReturnType<CheckFurther> {
  if (bytes.length > budget.leftBytes) return undefined;
  budget.leftBytes -= bytes.length;
  const errors = validate(bytes, budget, depth).findings.filter(
    ({ severity }) => severity !== 'warning',
  );
  const error = errors.find(({ doubtful }) => doubtful === undefined) ?? errors[0];
  if (error === undefined) return undefined;
  const { path, message } = error;
  const yaml = /^it is (YAML|a Butane config)$/.test(message);
  return {
    message: `${path === '' ? '' : `${path}: `}${message}`,
    ...((yaml || error.doubtful) && { doubtful: true }),
  };
}

function refused(finding: Finding): IgnitionReport {
  return { findings: [finding], version: undefined, summary: undefined };
}

function findingOf(issue: v.BaseIssue<unknown>, reading: Reading): Finding {
  const path = (issue.path ?? []).map(({ key }) => key as PathStep);
  const finding = {
    severity: 'error',
    code: codeOf('error'),
    ...placeOf(path, reading),
    message: messageOf(issue),
  } as const;
  return isDoubtful(issue) ? doubted(finding) : finding;
}

const doubted = (finding: Finding): Finding =>
  finding.severity === 'error'
    ? { ...finding, code: codeOf('error', true), doubtful: true }
    : finding;

const nouns: Readonly<Record<string, string>> = {
  string: 'text in double quotes',
  number: 'a whole number',
  boolean: 'true or false',
  Object: 'an object in { }',
  Array: 'a list in [ ]',
};

function messageOf({ kind, expected, input, message }: v.BaseIssue<unknown>): string {
  if (kind !== 'schema') return message;
  if (input === undefined) return 'it is missing';
  return `it must be ${nouns[expected ?? ''] ?? expected}`;
}

/** Where the value is, or the nearest value around it. */
function placeOf(
  path: readonly PathStep[],
  { places }: Reading,
): { readonly path: string } & Place {
  for (let length = path.length; length > 0; length -= 1) {
    const place = places.get(formatPath(path.slice(0, length)));
    if (place !== undefined)
      return { path: formatPath(path), line: place.line, column: place.column };
  }
  return { path: formatPath(path), line: 1, column: 1 };
}

function firstOf(findings: readonly Finding[]): readonly Finding[] {
  const sorted = findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const left = sorted.slice(mostFindings);
  const [next] = left;
  if (next === undefined) return sorted;
  const { line, column } = next;
  const severity = left.some((finding) => finding.severity === 'error') ? 'error' : 'warning';
  const message = `${left.length} more from here on`;
  return [
    ...sorted.slice(0, mostFindings),
    { severity, code: codeOf(severity), path: '', line, column, message },
  ];
}
