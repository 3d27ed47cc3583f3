import { warn } from '../output.ts';
import { readProgress } from '../read-progress.ts';
import { tellWaiting } from '../waiting.ts';
import type { Indicator } from './people.ts';

/** A line every second on standard error, in the words that tools of Fedora CoreOS read. */
export function readDiskIndicator(): Indicator {
  const progress = readProgress(false);
  const reportWaiting = tellWaiting(warn);
  return {
    show(event) {
      if (event.event === 'waiting') reportWaiting(event.waiting);
      if (event.event === 'progress') {
        const { receivedBytes, sourceSizeBytes } = event.progress;
        progress.update({ receivedBytes, sizeBytes: sourceSizeBytes });
      }
      if (event.event === 'step-ends' && event.step === 'write') progress.end();
    },
    aside: (print) => print(),
    [Symbol.dispose]: () => progress[Symbol.dispose](),
  };
}
