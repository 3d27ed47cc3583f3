import { WriteError } from '../lib/errors.ts';
import type { SystemStart } from '../plan/system-start.ts';

/** What can be asked of the start of a system, the most particular first: the failure is called after it. */
const wishes = {
  arguments: {
    code: 'kernel-arguments-not-settable',
    failed: 'Cannot set the kernel arguments of the installed system',
  },
  console: {
    code: 'console-not-settable',
    failed: 'Cannot set the console of the installed system',
  },
  platform: { code: 'platform-not-settable', failed: 'Cannot set the Ignition platform' },
} as const;

export type Wish = keyof typeof wishes;

/** What was asked for. */
export function wishesIn({ append, remove, consoles, platformId }: SystemStart): Wish[] {
  return [
    ...(append.length + remove.length > 0 ? (['arguments'] as const) : []),
    ...(consoles.length > 0 ? (['console'] as const) : []),
    ...(platformId === undefined ? [] : (['platform'] as const)),
  ];
}

/**
 * Of what failed: without all of these wishes it does not fail again. `next` takes the place of the
 * advice to leave their options out.
 */
export type Refuse = (
  causes: readonly Wish[],
  why: string,
  how?: { readonly next?: string; readonly cause?: unknown },
) => WriteError;

export function refusalOf(start: SystemStart): Refuse {
  return (causes, why, { next, cause } = {}) => {
    const all = wishesIn(start).filter((wish) => causes.includes(wish));
    const [first = 'platform'] = all;
    const options = all.flatMap((wish) => optionsOf(wish, start));
    const without = new Intl.ListFormat('en').format(options);
    return new WriteError(
      {
        ...wishes[first],
        why,
        next:
          next ?? `Install without ${without}, or use an image with the layout of Fedora CoreOS.`,
      },
      { cause },
    );
  };
}

function optionsOf(wish: Wish, { append, remove }: SystemStart): string[] {
  if (wish === 'console') return ['--console'];
  if (wish === 'platform') return ['-p'];
  return [
    ...(append.length > 0 ? ['--append-karg'] : []),
    ...(remove.length > 0 ? ['--delete-karg'] : []),
  ];
}
