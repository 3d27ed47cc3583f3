/** Ignition's version for each minor version of the config specification. */
const ignitionVersions = ['3.0.0', '3.1.0', '3.2.0', '3.2.0', '3.3.0', '3.4.0'] as const;

export interface Versions {
  /** Minor version of the config specification: 0 for 1.0.0. */
  readonly minor: number;
  readonly ignition: string;
}

export const supported = `variant fcos, versions 1.0.0 to 1.${ignitionVersions.length - 1}.0`;

/** What a config of this variant and version is translated as; undefined: it cannot be. */
export function versionsOf(variant: string, version: string): Versions | undefined {
  const [, digits] = /^1\.(\d)\.0$/.exec(version) ?? [];
  const minor = Number(digits);
  const ignition = ignitionVersions[minor];
  return variant === 'fcos' && ignition !== undefined ? { minor, ignition } : undefined;
}
