import { Meter } from '../meter.ts';
import { say, warn } from '../output.ts';
import { progressLine } from '../progress-words.ts';
import { tellWaiting } from '../waiting.ts';
import type { Indicator } from './people.ts';

/** Short enough to show that it is working, long enough for a serial line and a log. */
const intervalMs = 5000;

/** A line every few seconds while the image is written, also when nothing progresses. */
export function lineIndicator(): Indicator {
  const meter = new Meter();
  const reportWaiting = tellWaiting(warn);
  let timer: NodeJS.Timeout | undefined;
  const printLine = () => {
    const reading = meter.read(performance.now());
    if (reading !== undefined) say(progressLine(reading));
  };
  const stop = () => clearInterval(timer);
  return {
    show(event) {
      switch (event.event) {
        case 'waiting':
          return reportWaiting(event.waiting);
        case 'progress':
          timer ??= setInterval(printLine, intervalMs);
          return meter.update(event.progress, performance.now());
        case 'step-ends':
          if (event.step === 'write') printLine();
          return stop();
        case 'failed':
          return stop();
      }
    },
    aside: (print) => print(),
    [Symbol.dispose]: stop,
  };
}
