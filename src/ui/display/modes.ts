/** What `--progress` takes. */
export const progressModes = ['auto', 'bar', 'lines', 'json', 'none'] as const;
export type ProgressMode = (typeof progressModes)[number];
