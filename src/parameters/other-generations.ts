import type { Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { findFlag, type Sources } from './find.ts';
import { booleanArgument, type KernelArgument } from './kernel-cmdline.ts';

/** A note on an argument that has no effect, or why nothing is installed. */
export type Verdict =
  | { readonly note: string }
  | (Reason<FailureCode<'parameters'>> & { readonly dismissible: boolean });

type Judge = (argument: KernelArgument, sources: Sources) => Verdict | undefined;

/**
 * Arguments of other versions of the installer. A request that is not supported ends the run; an
 * argument that has no effect here is noted.
 */
export const otherGenerations: Readonly<Record<string, Judge>> = {
  // The option of the same name means something else: it does not look for a signature at all.
  'coreos.inst.insecure': ({ name }, sources) => {
    if (booleanArgument(sources.kernel, name) !== true) return undefined;
    const required = findFlag('requireSignature', sources);
    if (required?.origin.kind === 'kernel')
      return {
        code: 'parameters-conflict',
        why: `${name} accepts an image without a signature, but ${required.origin.name} refuses it`,
        next: 'Give one of them.',
        dismissible: true,
      };
    return {
      note: required
        ? `The kernel argument ${name} is ignored; ${required.origin.name} is used.`
        : `The kernel argument ${name} accepts an image without a signature, but an existing signature must be good. To skip signatures, use coreos.inst.skip_media_check.`,
    };
  },

  'coreos.inst.secure_ipl': ({ name }) => ({
    note: `The kernel argument ${name} has an effect on IBM Z only.`,
  }),

  'coreos.inst.callback': ({ name }) => ({
    note: `The kernel argument ${name}= is no longer supported; coreos.inst.notify_url= notifies a server of the result.`,
  }),
};
