import * as v from 'valibot';
import { entryOf } from '../lib/entry-of.ts';
import { type KernelArgument, parseKernelArguments } from '../parameters/kernel-cmdline.ts';
import { kernelWords } from '../parameters/lists.ts';

/** What an image starts with on one platform. */
export interface PlatformStart {
  readonly kernelArguments: readonly KernelArgument[];
  /** Lines of GRUB script for its console. */
  readonly grubCommands: readonly string[];
}

/** Of a platform's name; a platform that the image does not list has nothing of its own. */
export type PlatformTable = (platformId: string) => PlatformStart;

const line = v.pipe(
  v.string(),
  v.check((text) => !/\p{Cc}/u.test(text), 'it contains control characters'),
);
const argument = v.pipe(
  line,
  v.check((text) => kernelWords.objection?.(text) === undefined, 'a double quote is not closed'),
  v.check((text) => !text.includes('$'), 'GRUB would replace what follows a $'),
);
const schema = v.record(
  v.string(),
  v.object({
    kernel_arguments: v.optional(v.array(argument), []),
    grub_commands: v.optional(v.array(line), []),
  }),
);

const nothing: PlatformStart = { kernelArguments: [], grubCommands: [] };

/** Of an image without such a file. */
export const noPlatforms: PlatformTable = () => nothing;

/**
 * Reads `coreos/platforms.json` of a boot partition: for each platform `kernel_arguments` and
 * `grub_commands`, lists of texts. Throws an `Error` that says in a few words what is wrong with it.
 */
export function readPlatformTable(bytes: Uint8Array): PlatformTable {
  const data = parseJson(bytes);
  if (Array.isArray(data)) throw new Error('it is a list');
  const result = v.safeParse(schema, data, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  return (platformId) => {
    const found = entryOf(result.output, platformId);
    if (found === undefined) return nothing;
    return {
      kernelArguments: found.kernel_arguments.flatMap(parseKernelArguments),
      grubCommands: found.grub_commands,
    };
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Error('it is not JSON');
  }
}
