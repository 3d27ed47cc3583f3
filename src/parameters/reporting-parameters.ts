import { checkInstallId, checkNotifyUrls, checkProgressUrl } from './formats.ts';
import { words } from './lists.ts';
import type { FlagParameter, ValueParameter } from './parameter-kinds.ts';

/** What a provisioning server gets, and the id by which it knows the installation: a part of the list. */
export const reportingParameters = {
  /** A UUID in lower case. */
  installId: {
    label: 'Install id',
    option: '--install-id <uuid>',
    help: 'write nothing if the disk has the installation with it',
    file: 'install_id',
    argument: 'coreos.inst.install_id',
    check: checkInstallId,
  },
  /** http and https URLs to notify of the result, separated by spaces. */
  notifyUrl: {
    label: 'Notify',
    option: '--notify-url <url>',
    help: 'POST the result to this URL (may be repeated)',
    file: 'notify_url',
    argument: 'coreos.inst.notify_url',
    repeated: words,
    check: checkNotifyUrls,
  },
  /** An http or https URL that gets the events of the run. */
  progressUrl: {
    label: 'Progress to',
    option: '--progress-url <url>',
    help: 'POST the progress to this URL while installing',
    file: 'progress_url',
    argument: 'coreos.inst.progress_url',
    check: checkProgressUrl,
  },
} as const satisfies Readonly<Record<string, ValueParameter | FlagParameter>>;
