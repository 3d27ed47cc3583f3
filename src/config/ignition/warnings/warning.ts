import type { PathStep } from '../finding.ts';

/** What is allowed, but hardly ever intended: where in the config, and what. */
export type Warning = readonly [path: readonly PathStep[], message: string];
