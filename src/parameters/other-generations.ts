import type { Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { find, findFlag, type Sources, waysToGive } from './find.ts';
import { booleanArgument, type KernelArgument } from './kernel-cmdline.ts';

/** What is said of an argument: that it changes nothing, or why nothing may be installed. */
export type Verdict =
  | { readonly note: string }
  | (Reason<FailureCode<'parameters'>> & { readonly dismissible: boolean });

type Judge = (argument: KernelArgument, sources: Sources) => Verdict | undefined;

const keepsPartitions: Judge = ({ name }) => ({
  code: 'keeping-partitions-unsupported',
  why: `${name}= asks to keep partitions, and this version cannot: it overwrites the whole disk`,
  next: 'Save what is on them elsewhere, or install to another disk.',
  dismissible: true,
});

/**
 * Arguments of the installer's other generations. What they ask for and cannot have ends the run;
 * what changes nothing here is noted.
 */
export const otherGenerations: Readonly<Record<string, Judge>> = {
  'coreos.inst.save_partlabel': keepsPartitions,
  'coreos.inst.save_partindex': keepsPartitions,

  // An option of the same name does not look for a signature at all.
  'coreos.inst.insecure': ({ name }, sources) => {
    if (booleanArgument(sources.kernel, name) !== true) return undefined;
    const required = findFlag('requireSignature', sources);
    if (required?.origin.kind === 'kernel')
      return {
        code: 'parameters-conflict',
        why: `${name} accepts an image without a signature, and ${required.origin.name} refuses it`,
        next: 'Give one of them.',
        dismissible: true,
      };
    return {
      note: required
        ? `The kernel argument ${name} is ignored; ${required.origin.name} counts.`
        : `The kernel argument ${name} accepts an image without a signature; one that is there must be good. coreos.inst.skip_media_check does not look for one.`,
    };
  },

  'coreos.inst.stream': ({ name }, sources) =>
    find('imageUrl', sources, []) === undefined
      ? {
          code: 'stream-unsupported',
          why: `${name}= names a stream, and this version does not look up images`,
          next: `Give that stream’s image ${waysToGive('imageUrl', sources.files.directory)}; https://fedoraproject.org/coreos/download lists them.`,
          dismissible: false,
        }
      : { note: `The kernel argument ${name}= changes nothing: the image is given by its URL.` },

  'coreos.inst.secure_ipl': ({ name }) => ({
    note: `The kernel argument ${name} is for IBM Z only and changes nothing here.`,
  }),

  'coreos.inst.callback': ({ name }) => ({
    note: `The kernel argument ${name}= is not used any more; coreos.inst.notify_url= tells a server how the installation ended.`,
  }),
};
