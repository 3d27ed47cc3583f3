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
 * uses them is in one lane. Virtual machines, which use none, and tests that need no more than Node
 * are in the other.
 *
 * The core has on a minimal Debian 12 what everything also has on the machine itself. A medium that
 * virtual machines boot was made, too.
 */
export function planTests(extent: Extent): Plan {
  // Two that install packages at the same time would be in each other's way.
  const install = ['test-deps', 'qemu-deps', 'distributions-deps'];
  const first = [part('build', ['all-architectures', ...install, 'iso', 'pxe'])];
  const distributions = [debian(12, steps), debian(13, steps)];
  if (extent === 'core') {
    const qemu = patient(part('test-qemu', ['test-qemu', 'SCENARIOS=core']));
    return { first, lanes: [distributions, [part('check'), medium(13), qemu, step(12, 'iso')]] };
  }
  const broken = ['faults', 'disk-faults', 'kills', 'power-loss', 'soak', 'fuzz'];
  const loops = ['packages', 'demo', 'test-binary', 'test-loop', ...broken];
  return {
    first,
    lanes: [
      [...loops.map((name) => part(name)), ...distributions],
      [
        ...[part('check'), part('test-unit'), patient(part('test-qemu'))],
        ...[medium(12), medium(13), step(12, 'unit'), step(13, 'unit')],
        ...[step(12, 'iso'), step(13, 'iso')],
      ],
    ],
  };
}

const steps = 'demo test packages install';

const suites = { 12: 'bookworm', 13: 'trixie' } as const;

function debian(version: keyof typeof suites, wanted: string): Part {
  const suite = suites[version];
  const { name, command } = part(`debian-${version}`, [
    ...['test-distributions', `SUITES=${suite}`, `STEPS=${wanted}`],
  ]);
  // Two parts on one suite take turns.
  return { name, command: ['flock', `build/${suite}.lock`, ...command] };
}

/** One step by itself, beside what uses loop devices; `unit` and `iso` use none. */
function step(version: keyof typeof suites, wanted: 'unit' | 'iso'): Part {
  return { ...debian(version, wanted), name: `debian-${version}-${wanted}` };
}

/** The story from a medium that was built there, in virtual machines. */
function medium(version: keyof typeof suites): Part {
  return patient({ ...debian(version, 'qemu'), name: `debian-${version}-medium` });
}

/** Virtual machines have time limits in minutes, where tests beside them have some in seconds. */
function patient(one: Part): Part {
  return { ...one, niceness: 5 };
}

function part(name: string, targets: readonly string[] = [name]): Part {
  return { name, command: ['make', ...targets] };
}
