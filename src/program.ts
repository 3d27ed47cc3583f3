import { type Command, meansInstall, parseCommandLine } from './commands/parse.ts';
import { exitCodes, InstallerError } from './lib/errors.ts';
import { withCode } from './lib/failure-codes.ts';
import { version } from './lib/version.ts';
import { exitCodeOfOutput, outliveReaders } from './system/standard-output.ts';
import { warn } from './ui/output.ts';

/**
 * Runs what the command line asks for, of a program called `programName`; resolves with the exit
 * code. Throws nothing.
 */
export async function run(argv: readonly string[], programName = ''): Promise<number> {
  outliveReaders();
  try {
    return await dispatch(parseCommandLine(argv, { version, programName }));
  } catch (error) {
    const known = error instanceof InstallerError;
    const text = known ? error.message : ((error as Error).stack ?? String(error));
    const lines = text.split('\n');
    if (meansInstall(argv, programName)) lines.push('Nothing was written to any disk.');
    const code = known ? error.failure.code : 'internal-error';
    for (const line of lines.slice(0, -1)) warn(line);
    warn(withCode(lines.at(-1) ?? '', code));
    return known ? error.exitCode : exitCodes.internal;
  }
}

async function dispatch(command: Command): Promise<number> {
  const exitCode = await runCommand(command);
  // An installation is not for its output; everything else is.
  const installs = command.kind === 'install' && !command.options.dryRun;
  return installs || exitCode !== exitCodes.installed ? exitCode : await exitCodeOfOutput();
}

async function runCommand(command: Command): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(command.text);
      return exitCodes.installed;
    case 'version':
      return await (await import('./commands/print-version.ts')).printVersion(command);
    case 'install':
      return await (await import('./commands/install/run-install.ts')).runInstall(command.options);
    case 'ignition validate':
      return await (
        await import('./commands/ignition-validate/run-ignition-validate.ts')
      ).runIgnitionValidate(command);
    case 'translate':
      return await (await import('./commands/translate/run-translate.ts')).runTranslate(command);
    case 'devices':
      return await (await import('./commands/devices/run-devices.ts')).runDevices(command);
  }
}
