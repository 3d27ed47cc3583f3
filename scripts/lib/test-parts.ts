/** A part of all tests, as a make target. */
export interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** As for nice(1). Of two parts side by side it is the one that can wait that yields. */
  readonly niceness?: number;
}

/** `core` is what CI runs: see docs/building.md. */
export type Extent = 'core' | 'everything';

/** The parts of a run. */
export interface Plan {
  /** These come first, alone: what they build and install, all others use. */
  readonly first: readonly Part[];
  /** These run side by side, each of them one part after the other. */
  readonly lanes: readonly (readonly Part[])[];
}

/**
 * Loop devices are the machine's, not a process's, and tests look at all that there are: whatever
 * uses them is in one lane. Virtual machines, which use none, and tests that need no more than Node are in
 * the other.
 */
export function planTests(extent: Extent): Plan {
  const core = extent === 'core';
  const build = part('build', ['all', 'test-deps', 'qemu-deps', 'iso', 'pxe']);
  // It has time limits in minutes where tests beside it have some in seconds.
  const qemu = {
    ...part('test-qemu', core ? ['test-qemu', 'SCENARIOS=core'] : ['test-qemu']),
    niceness: 5,
  };
  if (core) {
    return {
      first: [build],
      lanes: [
        [part('demo'), part('test')],
        [part('check'), qemu],
      ],
    };
  }
  const broken = ['faults', 'disk-faults', 'kills', 'power-loss', 'soak', 'fuzz'];
  return {
    first: [build],
    lanes: [
      [
        ...[part('packages'), part('demo'), part('test-binary'), part('test-loop')],
        ...broken.map((name) => part(name)),
      ],
      [part('check'), part('test-unit'), qemu],
    ],
  };
}

function part(name: string, targets: readonly string[] = [name]): Part {
  return { name, command: ['make', ...targets] };
}
