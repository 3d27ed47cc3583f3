import type { ParameterError } from '../lib/errors.ts';
import { type Resolved, unusable } from './given.ts';
import { notesOnGrub, received } from './grub-word.ts';
import {
  type KernelArgument,
  kernelCommandLineBytes,
  parseKernelArguments,
  usualForImageBytes,
} from './kernel-cmdline.ts';
import { kernelWords } from './lists.ts';
import type { Check } from './parameter-kinds.ts';

/** Kernel arguments to add to every start of the installed system; stays text. */
export const checkAppendedArguments: Check<string> = (given, { notes }) => {
  const all = argumentsIn(given, 'kernel arguments to add');
  const leftBytes = kernelCommandLineBytes - Buffer.byteLength(given.value);
  if (leftBytes < 0) {
    throw refuse(
      given,
      'kernel arguments to add',
      `they are longer than the ${kernelCommandLineBytes} bytes of the kernel’s command line`,
    );
  }
  if (leftBytes < usualForImageBytes) {
    notes.push(
      `The kernel arguments to add leave ${leftBytes} bytes of the kernel’s ` +
        `${kernelCommandLineBytes} for those of the image.`,
    );
  }
  notes.push(...notesOnGrub(given.value), ...all.flatMap(noteOn));
  return given.value;
};

/** Kernel arguments to remove, each as a whole: the name of one that has a value is not enough. */
export const checkDeletedArguments: Check<string> = (given) => {
  argumentsIn(given, 'kernel arguments to remove');
  return given.value;
};

function argumentsIn(given: Resolved<string>, purpose: string): KernelArgument[] {
  const { value } = given;
  const all = parseKernelArguments(value);
  if (all.length === 0) throw refuse(given, purpose, 'there are none in it');
  if (/\p{Cc}/u.test(value)) throw refuse(given, purpose, 'it contains control characters');
  if (kernelWords.objection?.(value)) throw refuse(given, purpose, 'a double quote is not closed');
  // No quotes protect it (expand_val of blscfg), and an unknown variable is replaced by nothing.
  if (value.includes('$'))
    throw refuse(given, purpose, 'GRUB would read what follows a $ as the name of a variable');
  return all;
}

function refuse(given: Resolved<string>, purpose: string, why: string): ParameterError {
  return unusable(given, purpose, {
    code: 'invalid-kernel-argument',
    why,
    next: 'Give arguments as on the kernel command line: quiet mitigations=off.',
  });
}

function noteOn(argument: KernelArgument): string[] {
  const { name, raw } = argument;
  if (/\s/.test(received(argument)))
    return [`An upgrade of the installed system may split ${raw} at its spaces.`];
  if (name === 'console')
    return [`${raw} sets the kernel’s console only; --console also sets GRUB’s.`];
  if (name === 'ignition.platform.id')
    return [`${raw} is added to the platform of the image; -p replaces it.`];
  return [];
}
