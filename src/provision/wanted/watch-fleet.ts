import type { Fleet } from '../model.ts';
import { stampOf } from './fleet-files.ts';
import { loadFleet } from './load-fleet.ts';

export interface FleetWatch extends Disposable {
  /** Reads the files again, whether they have changed or not, as on SIGHUP. */
  reload(): Promise<void>;
}

/** What is passed on when the files have changed: the new set, or why the old one stays in use. */
export type FleetReading = Fleet | { readonly failure: string };

/**
 * Looks every `pollMs` whether the files of a fleet differ from those with `stamp`, and reads them
 * again once they have stayed the same from one look to the next: while somebody copies files there,
 * half of them would be read. (Notifications of the kernel do not come from NFS, and editors replace
 * files.) Each state of the files is read once, also where it cannot be used.
 */
export function watchFleet(
  directory: string,
  stamp: string,
  onReading: (reading: FleetReading) => void,
  pollMs = 2000,
): FleetWatch {
  let known = stamp;
  let seen = stamp;
  let isDisposed = false;
  let last = Promise.resolve();
  const read = async () => {
    if (isDisposed) return;
    // Before the reading: what changes during it is read again.
    known = await stampOf(directory);
    const reading = await attempt(directory);
    if (!isDisposed) onReading(reading);
  };
  const reload = () => (last = last.then(read, read));
  const look = async () => {
    const found = await stampOf(directory);
    if (found !== known && found === seen) await reload();
    seen = found;
    timer = isDisposed ? undefined : setTimeout(look, pollMs);
  };
  let timer: NodeJS.Timeout | undefined = setTimeout(look, pollMs);
  return {
    reload,
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}

async function attempt(directory: string): Promise<FleetReading> {
  try {
    return await loadFleet(directory);
  } catch (error) {
    // Also for a fault of ours: the set in use is still good.
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
