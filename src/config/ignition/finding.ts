import { type FailureCode, withCode } from '../../lib/failure-codes.ts';

/**
 * `fatal`: these bytes are not an Ignition config of version 3 at all; `error`: Ignition will
 * refuse the config on the first boot, or fail to apply it; `warning`: it will probably not do what
 * was intended.
 */
export type Severity = 'fatal' | 'error' | 'warning';

/** For programs; an error may be why nothing is installed, see `failure-codes.ts`. */
export type FindingCode = Exclude<Extract<FailureCode, `config-${string}`>, 'config-not-found'>;

/** Something found in a config. Never holds a value that could be secret. */
export interface Finding {
  readonly severity: Severity;
  readonly code: FindingCode;
  /** Where in the config, such as `storage.files[2].mode`; empty: all of it. */
  readonly path: string;
  /** Where in the text, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** As part of a sentence: `it is a web page`, `the mode is larger than 07777`. */
  readonly message: string;
  /** What to do about it, as a sentence, where that is not obvious. */
  readonly next?: string;
  /** For an error in some releases of Ignition only: the first boot may succeed. */
  readonly doubtful?: true;
}

/** What a config sets up, by name; no contents. */
export interface ConfigSummary {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly units: readonly string[];
  /** Paths. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly links: readonly string[];
  /** Device paths. */
  readonly disks: readonly string[];
  readonly filesystems: readonly string[];
  readonly raid: readonly string[];
  readonly luks: readonly string[];
  readonly kernelArguments: readonly string[];
  /** How many further configs it fetches, to be merged or in its place. */
  readonly furtherConfigs: number;
}

/** What `validateIgnition` reports about a config. */
export interface IgnitionReport {
  /** In the order of the text, and at most a screen or two. */
  readonly findings: readonly Finding[];
  /** Spec version, such as `3.0.0`; undefined after a fatal finding. */
  readonly version: string | undefined;
  /** Undefined where the config cannot be read. */
  readonly summary: ConfigSummary | undefined;
}

/** The code of something found in a config that can be read. */
export function codeOf(severity: 'error' | 'warning', doubtful?: boolean): FindingCode {
  if (severity === 'warning') return 'config-suspicious';
  return doubtful ? 'config-doubtful' : 'config-invalid';
}

/** The message, with a note on a doubtful error. */
export function messageOf({ message, doubtful }: Finding): string {
  return doubtful ? `${message} (some releases of Ignition may accept it)` : message;
}

export type PathStep = string | number;

/** `storage.files[2].mode` */
export function formatPath(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += word.test(step) ? `.${step}` : `[${JSON.stringify(step.slice(0, 60))}]`;
  }
  return text.startsWith('.') ? text.slice(1) : text;
}

const word = /^\w{1,60}$/;

/** `FILE:LINE:COLUMN: error: what is wrong (path in the config) [code]`, as compilers write it. */
export function describeFinding(name: string, finding: Finding): string {
  const { severity, code, path, line, column, next } = finding;
  const kind = severity === 'warning' ? 'warning' : 'error';
  const where = path === '' ? '' : ` (${path})`;
  const text = `${name}:${line}:${column}: ${kind}: ${messageOf(finding)}${where}`;
  return withCode(`${text}${next ? `. ${next}` : ''}`, code);
}

/** What is allowed, but hardly ever intended: where in the config, and what. */
export type Warning = readonly [path: readonly PathStep[], message: string];
