import type { Step } from '../../install/install.ts';
import type { Display } from '../../ui/display/events.ts';

/** Tells of each step when it begins, and how long it took when it ends: when the next one begins. */
export function tellSteps(display: Display) {
  let current: { readonly step: Step; readonly startMs: number } | undefined;
  const end = () => {
    if (current === undefined) return;
    const { step, startMs } = current;
    current = undefined;
    display.show({ event: 'step-ends', step, elapsedMs: performance.now() - startMs });
  };
  const begin = (step: Step) => {
    end();
    current = { step, startMs: performance.now() };
    display.show({ event: 'step-begins', step });
  };
  return { begin, end };
}
