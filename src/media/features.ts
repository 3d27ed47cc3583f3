import * as v from 'valibot';
import { parseJson } from './json-files.ts';

/** What a release of Fedora CoreOS can do with customizations. */
export interface Features {
  /** It reads config files of the installer in `/etc/coreos/installer.d`. */
  readonly installerConfig: boolean;
  /** It takes network keyfiles in its initramfs. */
  readonly liveNetwork: boolean;
  /**
   * It is a medium of this program: files in its initramfs are what they are there, and nothing reads
   * an Ignition config for the live system.
   */
  readonly isOwn: boolean;
  /** What those config files may contain: `console`; undefined where it does not say. */
  readonly directives: ReadonlySet<string> | undefined;
}

const flag = v.optional(v.boolean(), false);
const featuresFile = v.object({
  'installer-config': flag,
  'live-initrd-network': flag,
  'installer-initramfs': flag,
  'installer-config-directives': v.optional(v.record(v.string(), v.unknown())),
});

/** Reads the features from their JSON; no file means none. Throws `InputError`. */
export function decodeFeatures(json: Uint8Array | undefined, name: string): Features {
  if (json === undefined)
    return { installerConfig: false, liveNetwork: false, isOwn: false, directives: undefined };
  const text = Buffer.from(json).toString('utf8');
  const file = parseJson(text, featuresFile, 'its list of features', name);
  const directives = file['installer-config-directives'];
  return {
    installerConfig: file['installer-config'],
    liveNetwork: file['live-initrd-network'],
    isOwn: file['installer-initramfs'],
    directives:
      directives && new Set(Object.keys(directives).filter((key) => directives[key] === true)),
  };
}
