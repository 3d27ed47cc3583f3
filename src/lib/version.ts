declare const COREOS_INSTALLER_VERSION: string | undefined;

/** The version in package.json, put in when the program is bundled. */
export const version =
  typeof COREOS_INSTALLER_VERSION === 'string' ? COREOS_INSTALLER_VERSION : 'development';
