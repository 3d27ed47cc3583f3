import { createReadStream } from 'node:fs';
import type { IgnitionValidateCommand } from '../cli/ignition-validate.ts';
import { exitCodes, InputError } from '../errors.ts';
import type { Finding, IgnitionReport } from '../ignition/finding.ts';
import { validateIgnition } from '../ignition/validate.ts';
import { configLimitBytes } from '../plan/fetch-ignition.ts';
import { say, warn } from './output.ts';
import { printable } from './printable.ts';

/** Checks configs one after the other; returns the exit code. */
export async function runIgnitionValidate(command: IgnitionValidateCommand): Promise<number> {
  let failed = false;
  for (const file of command.files) {
    const name = file === '-' ? 'standard input' : printable(file);
    try {
      const report = validateIgnition(await readConfig(file, name));
      for (const line of describeReport(name, report)) say(line);
      const fails = ({ severity }: Finding) => command.strict || severity !== 'warning';
      failed ||= report.findings.some(fails);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      warn(error.message);
      failed = true;
    }
  }
  return failed ? exitCodes.input : exitCodes.installed;
}

function describeReport(name: string, { findings, version, summary }: IgnitionReport): string[] {
  const lines = findings.map(({ severity, path, line, column, message, next }) => {
    const kind = severity === 'warning' ? 'warning' : 'error';
    const where = path === '' ? '' : ` (${path})`;
    return `${name}:${line}:${column}: ${kind}: ${message}${where}${next ? `. ${next}` : ''}`;
  });
  const wrong = findings.some(({ severity }) => severity !== 'warning');
  if (!wrong && summary !== undefined) lines.push(`${name}: a valid Ignition ${version} config`);
  return lines;
}

async function readConfig(file: string, name: string): Promise<Uint8Array> {
  const refuse = (why: string, next: string, cause?: unknown) =>
    new InputError({ failed: `Cannot read ${name}`, why, next }, { cause });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > configLimitBytes) break;
    }
  } catch (error) {
    throw refuse((error as Error).message, 'Check the path.', error);
  }
  if (sizeBytes > configLimitBytes) throw refuse('it is larger than 16 MiB', 'Is it the image?');
  return Buffer.concat(chunks);
}
