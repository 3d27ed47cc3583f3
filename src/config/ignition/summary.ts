import type { ConfigSummary } from './finding.ts';
import type { Config } from './schema/config.ts';

/** What a config sets up, by name. */
export function summarize(config: Config): ConfigSummary {
  const { ignition, storage = {}, passwd = {}, systemd = {}, kernelArguments = {} } = config;
  const { merge = [], replace } = ignition.config ?? {};
  return {
    users: (passwd.users ?? []).map(({ name }) => name),
    groups: (passwd.groups ?? []).map(({ name }) => name),
    units: (systemd.units ?? []).map(({ name }) => name),
    files: (storage.files ?? []).map(({ path }) => path),
    directories: (storage.directories ?? []).map(({ path }) => path),
    links: (storage.links ?? []).map(({ path }) => path),
    disks: (storage.disks ?? []).map(({ device }) => device),
    filesystems: (storage.filesystems ?? []).map(({ device }) => device),
    raid: (storage.raid ?? []).map(({ name }) => name),
    luks: (storage.luks ?? []).map(({ name }) => name),
    kernelArguments: kernelArguments.shouldExist ?? [],
    furtherConfigs: merge.length + (replace?.source ? 1 : 0),
  };
}
