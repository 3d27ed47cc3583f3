import type { PathStep } from '../finding.ts';

/** What is allowed, and hardly ever meant: where in the config, and what. */
export type Warning = readonly [path: readonly PathStep[], message: string];
