/** A part of all tests, as a make target. */
export interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** As for nice(1): of two parts in parallel, the one that is less urgent yields. */
  readonly niceness?: number;
}

/** `core` is what CI runs: see docs/building.md. */
export type Extent = 'core' | 'everything';

/** The parts of a run. */
export interface Plan {
  /** These run first, one at a time: all others use what they build and install. */
  readonly first: readonly Part[];
  /** These run in parallel, each of them one part after the other. */
  readonly lanes: readonly (readonly Part[])[];
  /** In this order, each by the lane that has completed its own parts and has nothing else to do. */
  readonly shared: readonly Part[];
}

/**
 * Loop devices belong to the machine, not to a process, and tests inspect all of them: everything that
 * uses them is in one lane. Virtual machines, which need two only while their system is built, and tests
 * that need only Node are in the other, or shared.
 *
 * `make test-fleet` is test-fakes and a part of test-qemu, and therefore no part of its own.
 *
 * The core runs on a minimal system, of Debian 12 or 13, what `everything` runs on both and on the machine. Parts
 * on the same one take turns: loop devices on 13 come last, when its medium has been tried.
 */
export function planTests(extent: Extent): Plan {
  // In one part: only one process at a time can install packages.
  const install = ['test-deps', 'qemu-deps', 'qemu-arm64-deps', 'distributions-deps'];
  const first = [part('build', ['all-architectures', ...install, 'iso', 'pxe'])];
  if (extent === 'core') {
    const core = 'SCENARIOS=core';
    const qemu = patient(part('test-qemu', ['test-qemu', core]));
    const arm64 = patient(part('test-qemu-arm64', ['test-qemu-arm64', core]));
    // Each project of tests runs on one of them, installations on the newer one; packages and the demo likewise.
    const loops = [
      debian(12, 'demo test', ['PROJECTS=unit provision page binary break']),
      debian(13, 'test packages install', ['PROJECTS=loop']),
    ];
    return {
      first,
      lanes: [loops, [part('check'), medium(13, [core]), qemu]],
      shared: [step(12, 'iso'), arm64],
    };
  }
  const broken = ['faults', 'disk-faults', 'kills', 'power-loss', 'soak', 'fuzz'];
  const programs = ['packages', 'demo', 'test-binary', 'test-loop', 'test-fakes', ...broken];
  // What needs only Node runs there as `make unit`. On 12 there is what the core has.
  const distributions = [
    debian(12, steps, ['PROJECTS=provision binary break']),
    debian(13, steps, ['PROJECTS=provision binary loop break']),
  ];
  return {
    first,
    lanes: [
      [...programs.map((name) => part(name)), ...distributions],
      [
        ...[part('check'), part('test-unit'), part('test-provision'), part('test-page')],
        ...Object.entries(scenarios).map(([name, files]) => inMachines(name, files)),
        patient(part('test-qemu-arm64')),
      ],
    ],
    // A medium that is booted was made before.
    shared: [medium(13), step(13, 'unit'), step(12, 'iso')],
  };
}

/** Of test/qemu, by what is installed. Each is a part: a run that is continued repeats one of them at most. */
const scenarios = {
  shell: ['emergency-shell', 'trouble', 'busy-udev'],
  media: ['iso', 'pxe', 'customized', 'keyfile', 'demo-boot'],
  network: ['network', 'network-modules', 'boot-order'],
  system: ['lifecycle', 'reinstall', 'power-cut', 'update-power-cut'],
  fleet: ['fleet', 'demo-fleet'],
};

function inMachines(name: string, files: readonly string[]): Part {
  const paths = files.map((file) => `test/qemu/${file}.test.ts`);
  const tests = part(`test-qemu-${name}`, ['test-qemu', `QEMU_TESTS=${paths.join(' ')}`]);
  return patient(tests);
}

const steps = 'demo test packages install';

const suites = { 12: 'bookworm', 13: 'trixie' } as const;

function debian(
  version: keyof typeof suites,
  wanted: string,
  variables: readonly string[] = [],
): Part {
  const suite = suites[version];
  const { name, command } = part(`debian-${version}`, [
    ...['test-distributions', `SUITES=${suite}`, `STEPS=${wanted}`, ...variables],
  ]);
  // Two parts on one suite take turns.
  return { name, command: ['flock', `build/${suite}.lock`, ...command] };
}

/** A single step, in parallel with what uses loop devices; `unit` and `iso` use none. */
function step(version: keyof typeof suites, wanted: 'unit' | 'iso'): Part {
  return { ...debian(version, wanted), name: `debian-${version}-${wanted}` };
}

/** Installations in virtual machines from a medium that was built on that distribution. */
function medium(version: keyof typeof suites, variables: readonly string[] = []): Part {
  return patient({ ...debian(version, 'qemu', variables), name: `debian-${version}-medium` });
}

/** Virtual machines have time limits of minutes, the tests in parallel with them some of seconds. */
function patient(one: Part): Part {
  return { ...one, niceness: 5 };
}

function part(name: string, targets: readonly string[] = [name]): Part {
  return { name, command: ['make', ...targets] };
}
