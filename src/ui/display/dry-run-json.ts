import { sayJson, warn } from '../output.ts';
import { tellWaiting } from '../waiting.ts';
import type { Display } from './events.ts';
import { schemaVersion } from './json.ts';
import { parametersData, planData } from './plan-data.ts';
import { wordsFor } from './words.ts';

/** One JSON object for a whole dry run, successful or not; messages for people go to standard error. */
export function dryRunJsonDisplay(): Display {
  const reportWaiting = tellWaiting(warn);
  let parameters: object | undefined;
  const print = (result: object) => sayJson({ schemaVersion, ...result, parameters }, 2);
  return {
    show(event) {
      switch (event.event) {
        case 'waiting':
          return reportWaiting(event.waiting);
        case 'parameters':
          parameters = parametersData(event.parameters);
          return;
        case 'planned':
          return print({ wouldInstall: !('found' in event.plan), ...planData(event.plan) });
        case 'failed': {
          const { code, reason, exitCode } = event.failure;
          print({ wouldInstall: false, failure: { code, reason, exitCode } });
          for (const line of wordsFor(event).warn) warn(line);
        }
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}
