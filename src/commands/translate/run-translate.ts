import { goJson } from '../../config/butane/go-json.ts';
import { localFilesIn, noLocalFiles } from '../../config/butane/local-files.ts';
import { translate } from '../../config/butane/translate.ts';
import { relocate } from '../../config/butane/yaml-places.ts';
import { describeFinding, type Finding } from '../../config/ignition/finding.ts';
import { validateIgnition } from '../../config/ignition/validate.ts';
import { nobodyLogsIn } from '../../config/ignition/warnings/logins.ts';
import { exitCodes, InstallerError } from '../../lib/errors.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { version } from '../../lib/version.ts';
import { say, warn } from '../../ui/output.ts';
import { readConfig } from '../read-config.ts';
import { writeOutput } from './write-output.ts';

export interface TranslateOptions {
  /** Path; `-` is standard input. */
  readonly input: string;
  /** Path; undefined is standard output. */
  readonly output: string | undefined;
  readonly filesDirectory: string | undefined;
  readonly pretty: boolean;
  /** Whether warnings fail too. */
  readonly strict: boolean;
  /** Whether nothing is written. */
  readonly check: boolean;
  readonly version: boolean;
}

/** Translates one config; returns the exit code. */
export async function runTranslate(options: TranslateOptions): Promise<number> {
  if (options.version) {
    say(`Fedora CoreOS Config Transpiler of coreos-installer ${version}`);
    return exitCodes.installed;
  }
  try {
    return await translateFile(options);
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    warn(withCode(error.message, error.failure.code));
    return error.exitCode;
  }
}

async function translateFile(options: TranslateOptions): Promise<number> {
  const { input, output, filesDirectory, pretty, strict, check } = options;
  const name = input === '-' ? 'standard input' : input;
  if (input === '-' && process.stdin.isTTY)
    warn('Type a config, then press Ctrl-D. To read one from a file: --input FILE.');
  const bytes = await readConfig(input, name);
  const localFiles = filesDirectory === undefined ? noLocalFiles : localFilesIn(filesDirectory);
  const { findings, result } = translate(bytes, localFiles);
  const all = [...findings, ...(result === undefined ? [] : checked(result))];
  for (const finding of all) warn(describeFinding(name, finding));
  const fails = ({ severity, doubtful }: Finding) =>
    strict || (severity !== 'warning' && doubtful === undefined);
  if (result === undefined || all.some(fails)) return exitCodes.input;
  if (check) return exitCodes.installed;
  // For version 1.0.0, fcct wrote no newline at the end.
  const bare = result.minor === 0 && (output !== undefined || !process.stdout.isTTY);
  await writeOutput(output, goJson(result.config, pretty) + (bare ? '' : '\n'));
  return exitCodes.installed;
}

/** What Ignition would report for the result, with positions in the YAML. */
function checked({ config, places }: Result): Finding[] {
  return validateIgnition(Buffer.from(goJson(config, false)))
    .findings.filter(({ message }) => message !== nobodyLogsIn)
    .map((finding) => relocate(finding, places));
}

type Result = NonNullable<ReturnType<typeof translate>['result']>;
