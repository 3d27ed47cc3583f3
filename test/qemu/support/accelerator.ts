import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { pxeFiles } from './medium.ts';

export type Accelerator = 'kvm' | 'tcg';

/** QEMU's arguments for it. */
export const acceleratorArguments: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'qemu64'],
};

/** What the whole run uses, with the reason in words. */
export interface Choice {
  accelerator: Accelerator;
  reason: string;
}

/** With KVM it takes less than one, with TCG on a busy machine five. */
const proofMs = 20_000;

/**
 * The value of `ACCEL`; otherwise KVM if a machine with the medium's kernel prints the kernel's first
 * line, and TCG if not. In a virtual machine /dev/kvm may exist and QEMU may start with it, but the guest
 * hangs, or is slower than an emulated one.
 */
export async function chooseAccelerator(wanted: string | undefined): Promise<Choice> {
  if (wanted === 'kvm' || wanted === 'tcg') {
    return { accelerator: wanted, reason: 'as ACCEL says' };
  }
  if (wanted) throw new Error(`ACCEL=${wanted}: there are kvm and tcg`);
  const fault = missingDevice() ?? (await faultOf(kernelUnderKvm(), /Linux version/, proofMs));
  if (fault === undefined) return { accelerator: 'kvm', reason: 'a kernel has started with it' };
  return { accelerator: 'tcg', reason: `not KVM: ${fault}` };
}

/** Uses the choice for every machine from now on, also in the tests' own processes. */
export function useAccelerator({ accelerator }: Choice): void {
  process.env['ACCEL'] = accelerator;
}

/** The choice that was made. */
export function accelerator(): Accelerator {
  const chosen = process.env['ACCEL'];
  if (chosen === 'kvm' || chosen === 'tcg') return chosen;
  throw new Error('no accelerator has been chosen: see global-setup.ts');
}

function missingDevice(): string | undefined {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function kernelUnderKvm(): string[] {
  return [
    ...['qemu-system-x86_64', ...acceleratorArguments.kvm, '-smp', '2', '-m', '256', '-no-reboot'],
    ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
    ...['-kernel', join(pxeFiles, 'vmlinuz'), '-append', 'console=ttyS0,115200n8'],
  ];
}

/**
 * Runs a command until its output matches, and for at most `timeoutMs`, and then ends it. Resolves with
 * undefined on a match, otherwise with what is wrong.
 */
export async function faultOf(
  command: readonly string[],
  awaited: RegExp,
  timeoutMs: number,
): Promise<string | undefined> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  let said = '';
  let complaints = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    said += text;
    if (awaited.test(said)) resolve(undefined);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  child.on('error', reject);
  child.on('close', (code) => resolve(`exit code ${code}: ${complaints.trim()}`));
  const timer = setTimeout(() => {
    const what = said === '' ? 'said nothing' : `only said “${said.trim().slice(-200)}”`;
    resolve(`a machine with it ${what} within ${timeoutMs / 1000} s`);
  }, timeoutMs);
  const closed = once(child, 'close').catch(() => {});
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await closed;
  }
}
