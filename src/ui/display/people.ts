import { say, warn } from '../output.ts';
import type { Display, InstallEvent } from './events.ts';
import { wordsFor } from './words.ts';

/** How progress and waiting are shown between the lines. */
export interface Indicator extends Disposable {
  show(event: InstallEvent): void;
  /** Makes room for what `print` prints. */
  aside(print: () => void): void;
}

/** Lines for the person at the console; with `quiet` only what went wrong or may go wrong. */
export function peopleDisplay(indicator: Indicator, { quiet }: { quiet: boolean }): Display {
  return {
    show(event) {
      indicator.show(event);
      const words = wordsFor(event);
      if (words.say.length + words.warn.length === 0) return;
      indicator.aside(() => {
        for (const line of quiet ? [] : words.say) say(line);
        for (const line of words.warn) warn(line);
      });
    },
    [Symbol.dispose]: () => indicator[Symbol.dispose](),
  };
}

export const noIndicator: Indicator = {
  show: () => undefined,
  aside: (print) => print(),
  [Symbol.dispose]: () => undefined,
};
