import {
  describeFinding,
  type Finding,
  type IgnitionReport,
} from '../../config/ignition/finding.ts';
import { validateIgnition } from '../../config/ignition/validate.ts';
import { exitCodes, InputError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { say, warn } from '../../ui/output.ts';
import { readConfig } from '../read-config.ts';

export interface IgnitionValidateOptions {
  /** Paths; `-` is standard input. */
  readonly files: readonly string[];
  /** Whether warnings fail too. */
  readonly strict: boolean;
}

/** Checks configs one after the other; returns the exit code. */
export async function runIgnitionValidate(options: IgnitionValidateOptions): Promise<number> {
  let failed = false;
  for (const file of options.files) {
    const name = file === '-' ? 'standard input' : file;
    try {
      const report = validateIgnition(await readConfig(file, name));
      for (const line of describeReport(name, report)) say(line);
      const fails = ({ severity }: Finding) => options.strict || severity !== 'warning';
      failed ||= report.findings.some(fails);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      warn(withCode(error.message, error.failure.code));
      failed = true;
    }
  }
  return failed ? exitCodes.input : exitCodes.installed;
}

function describeReport(name: string, { findings, version, summary }: IgnitionReport): string[] {
  const lines = findings.map((finding) => describeFinding(name, finding));
  const wrong = findings.some(({ severity }) => severity !== 'warning');
  if (!wrong && summary !== undefined) lines.push(`${name}: a valid Ignition ${version} config`);
  return lines;
}
