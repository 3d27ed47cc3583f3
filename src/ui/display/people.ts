import { say, warn } from '../output.ts';
import type { Display, InstallEvent } from './events.ts';
import { wordsFor } from './words.ts';

/** Shows progress and waiting between the other lines. */
export interface Indicator extends Disposable {
  show(event: InstallEvent): void;
  /** Clears the bar, if any, while `print` prints. */
  aside(print: () => void): void;
}

/** Lines for the person at the console; with `quiet` only errors, warnings and notes. */
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
