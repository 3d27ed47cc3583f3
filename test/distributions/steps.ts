/** What is tried on each distribution, on a minimal system of its own each, in this order. */
export interface Step {
  /** Packages that are there before it begins. */
  readonly packages: readonly string[];
  /** Shell commands, run in a clean clone by `sh -eux`. */
  readonly commands: readonly string[];
}

const newcomer = ['git', 'make'];

/** The story from the medium to the configured system, under BIOS and UEFI; with SCENARIOS=core under BIOS. */
const story = 'test/qemu/iso.test.ts';
const scenarios = process.env['SCENARIOS'] === 'core' ? `${story} -t 'ISO under BIOS'` : story;

export const steps: Readonly<Record<string, Step>> = {
  unit: { packages: newcomer, commands: ['test/distributions/unit.sh'] },
  demo: { packages: newcomer, commands: ['make demo'] },
  test: { packages: newcomer, commands: ['make fleet-deps', 'make test'] },
  packages: { packages: [...newcomer, 'lintian'], commands: ['test/distributions/packages.sh'] },
  install: { packages: [], commands: ['test/distributions/install.sh'] },
  iso: { packages: newcomer, commands: ['make iso pxe'] },
  qemu: { packages: newcomer, commands: [`make test-qemu QEMU_TESTS="${scenarios}"`] },
};
