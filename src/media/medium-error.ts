import { DecodeFault } from '../decode/fault.ts';
import { InputError } from '../lib/errors.ts';

const downloadAgain = 'Download it again, and compare its digest with the one that was published.';

/** A file that is no medium of Fedora CoreOS, or a very old one. */
export function unrecognized(name: string, why: string): InputError {
  return new InputError({
    code: 'medium-unrecognized',
    failed: `Cannot use ${name}`,
    why,
    next: 'Give the live ISO or the PXE initramfs of Fedora CoreOS.',
  });
}

/** A medium that contradicts itself, or of which a part is missing. */
export function damaged(name: string, why: string, next = downloadAgain): InputError {
  return new InputError({ code: 'medium-damaged', failed: `Cannot use ${name}`, why, next });
}

/** What is asked for, this release of Fedora CoreOS cannot do: `network settings`. */
export function unsupported(name: string, what: string): InputError {
  return new InputError({
    code: 'medium-unsupported',
    failed: `Cannot customize ${name}`,
    why: `This OS image does not support customizing ${what}`,
    next: 'Use a newer release of Fedora CoreOS.',
  });
}

/** Images from before 2021. */
export function lacksMinimal(name: string, why: string): InputError {
  return new InputError({
    code: 'medium-unsupported',
    failed: `Cannot make a minimal ISO of ${name}`,
    why,
    next: 'Use a newer release of Fedora CoreOS.',
  });
}

/** What has been customized already, and would be replaced; `why` as scripts may expect it. */
export function alreadyCustomized(name: string, why: string): InputError {
  return new InputError({
    code: 'medium-customized',
    failed: `Cannot customize ${name}`,
    why,
    next: 'Start from the original file, or remove the customizations first.',
  });
}

/** Names the file in what is wrong with an archive; other errors pass. */
export async function readingArchive<T>(name: string, next: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    const where = error.offsetBytes === undefined ? '' : ` near byte ${error.offsetBytes}`;
    throw damaged(name, `its initramfs archive cannot be read${where}: ${error.message}`, next);
  }
}
