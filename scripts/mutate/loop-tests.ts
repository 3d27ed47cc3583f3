/**
 * The loop tests that run the program, by topic. Tests that import a source file are found without this.
 */
const byFolder: Readonly<Record<string, readonly string[]>> = {
  disk: ['install/story', 'install/target', 'install/disk-faults', 'install/reinstallation'],
  fetch: ['install/story', 'install/input', 'install/fetching'],
  install: ['install/story', 'install/interrupted', 'install/read-back', 'install/disk-faults'],
  parameters: ['install/story', 'install/parameters'],
  plan: ['install/story', 'install/target', 'install/reinstallation', 'commands/dry-run'],
  verify: ['install/story', 'install/verification'],
  decode: ['install/story', 'install/input'],
};

/** Those for single files; in the lists above they would take time for each change. */
const byFile: Readonly<Record<string, readonly string[]>> = {
  'disk/look/contents.ts': ['install/saved-partitions'],
  'disk/own/owned-disk.ts': ['install/saved-partitions', 'install/old-disk'],
  'fetch/http/network-trouble.ts': ['install/link-local'],
  'fetch/labelled-source.ts': ['install/label'],
  'fetch/mounted-label.ts': ['install/label'],
  'install/boot-files.ts': ['install/kernel-arguments'],
  'install/configure.ts': [
    'install/install-id',
    'install/network',
    'install/kernel-arguments',
    'install/input',
  ],
  'install/install.ts': [
    'install/target',
    'install/saved-partitions',
    'install/boot-order',
    'commands/dialogue',
    'commands/dry-run',
  ],
  'install/pipeline.ts': ['install/target', 'install/input', 'commands/progress'],
  'install/saved-table.ts': ['install/saved-partitions'],
  'install/set-boot-order.ts': ['install/boot-order'],
  'parameters/find.ts': ['commands/medium-config'],
  'parameters/overridden-lists.ts': ['install/saved-partitions'],
  'plan/choose-image.ts': ['install/stream'],
  'plan/first-boot-network.ts': ['install/network'],
  'plan/found-installation.ts': ['install/install-id'],
  'plan/list-disks.ts': ['commands/devices/run-devices', 'commands/dialogue'],
  'plan/plan.ts': ['install/saved-partitions', 'install/no-room', 'install/fetching'],
  'plan/prepare-system.ts': ['install/stream'],
  'plan/signature.ts': ['install/verification', 'install/fetching'],
};

/** Loop tests for a source file: `src/decode/xz/lanes.ts`. */
export function loopTestsOf(path: string): string[] {
  const [, folder = ''] = path.split('/');
  const names = [
    ...(byFile[path.replace(/^src\//, '')] ?? []),
    ...(byFolder[folder] ?? ['install/story']),
  ];
  return [...new Set(names)].map((name) => `test/loop/${name}.test.ts`);
}

/** The source files that have loop tests of their own. */
export const filesWithLoopTests: readonly string[] = Object.keys(byFile).map(
  (name) => `src/${name}`,
);
