import {
  type Field,
  list,
  mapping,
  required,
  requiredBefore,
  since,
  sugar,
} from './schema-types.ts';

/**
 * The keys of a Fedora CoreOS Config, versions 1.0.0 to 1.7.0, and what they become in Ignition.
 *
 * The order of keys is that of Ignition's own types, since fcct wrote its JSON in it. What a key
 * is called in Ignition follows from its name (`size_mib`: `sizeMiB`).
 */
const verification = mapping({ hash: 'text' });
const headers = since(1, list(mapping({ name: required('text'), value: 'text' })));

const resource = mapping({
  compression: 'text',
  http_headers: headers,
  source: 'text',
  verification,
  inline: sugar('text'),
  local: since(1, sugar('text')),
});

/** What is fetched before anything else: in 1.0.0 by URL only. */
const reference = (source: Field) =>
  mapping({
    compression: since(1, 'text'),
    http_headers: headers,
    source,
    verification,
    inline: since(1, sugar('text')),
    local: since(1, sugar('text')),
  });
const configReference = reference({ type: 'text', since: 0, orNull: true });

const owner = mapping({ id: 'number', name: 'text' });
const node = { group: owner, overwrite: 'flag', path: required('text'), user: owner } as const;

const tang = mapping({ thumbprint: 'text', url: 'text', advertisement: since(5, 'text') });

const cex = mapping({ enabled: 'flag' });

const luks = mapping({
  cex: since(6, cex),
  clevis: mapping({
    custom: mapping({ config: 'text', needs_network: 'flag', pin: 'text' }),
    tang: list(tang),
    threshold: 'number',
    tpm2: 'flag',
  }),
  device: 'text',
  discard: since(5, 'flag'),
  key_file: resource,
  label: 'text',
  name: required('text'),
  open_options: since(5, list('text')),
  options: list('text'),
  uuid: 'text',
  wipe_volume: 'flag',
});

const partition = mapping({
  guid: 'text',
  label: 'text',
  number: 'number',
  resize: since(2, 'flag'),
  should_exist: 'flag',
  size_mib: 'number',
  start_mib: 'number',
  type_guid: 'text',
  wipe_partition_entry: 'flag',
});

const filesystem = mapping({
  device: required('text'),
  format: 'text',
  label: 'text',
  mount_options: since(1, list('text')),
  options: list('text'),
  path: 'text',
  uuid: 'text',
  wipe_filesystem: 'flag',
  with_mount_unit: since(1, sugar('flag')),
});

const raid = mapping({
  devices: list('text'),
  level: 'text',
  name: required('text'),
  options: list('text'),
  spares: 'number',
});

const storage = mapping({
  directories: list(mapping({ ...node, mode: 'number' })),
  disks: list(
    mapping({ device: required('text'), partitions: list(partition), wipe_table: 'flag' }),
  ),
  files: list(mapping({ ...node, append: list(resource), contents: resource, mode: 'number' })),
  filesystems: list(filesystem),
  links: list(mapping({ ...node, hard: 'flag', target: 'text' })),
  luks: since(2, list(luks)),
  raid: list(raid),
  trees: since(
    1,
    sugar(
      list(
        mapping({
          local: required('text'),
          path: 'text',
          file_mode: since(7, 'number'),
          dir_mode: since(7, 'number'),
          user: since(7, owner),
          group: since(7, owner),
        }),
      ),
    ),
  ),
});

const passwd = mapping({
  groups: list(
    mapping({
      gid: 'number',
      name: required('text'),
      password_hash: 'text',
      should_exist: since(2, 'flag'),
      system: 'flag',
    }),
  ),
  users: list(
    mapping({
      gecos: 'text',
      groups: list('text'),
      home_dir: 'text',
      name: required('text'),
      no_create_home: 'flag',
      no_log_init: 'flag',
      no_user_group: 'flag',
      password_hash: 'text',
      primary_group: 'text',
      ssh_authorized_keys: list('text'),
      ssh_authorized_keys_local: since(5, sugar(list('text'))),
      shell: 'text',
      should_exist: since(2, 'flag'),
      system: 'flag',
      uid: 'number',
    }),
  ),
});

const contents = { contents: 'text', contents_local: since(5, sugar('text')) } as const;
const unit = mapping({
  ...contents,
  dropins: list(mapping({ ...contents, name: required('text') })),
  enabled: 'flag',
  mask: 'flag',
  name: required('text'),
});

const bootDevice = mapping({
  layout: 'text',
  luks: mapping({
    cex: since(6, cex),
    device: since(6, 'text'),
    discard: since(5, 'flag'),
    tang: list(tang),
    threshold: 'number',
    tpm2: 'flag',
  }),
  mirror: mapping({ devices: list('text') }),
});

export const configType = mapping({
  variant: sugar('text'),
  version: sugar('text'),
  ignition: mapping({
    config: mapping({ merge: list(configReference), replace: configReference }),
    proxy: since(1, mapping({ http_proxy: 'text', https_proxy: 'text', no_proxy: list('text') })),
    security: mapping({
      tls: mapping({ certificate_authorities: list(reference(requiredBefore(1, 'text'))) }),
    }),
    timeouts: mapping({ http_response_headers: 'number', http_total: 'number' }),
    version: { type: 'text', since: 0, generated: true },
  }),
  kernel_arguments: since(
    4,
    mapping({ should_exist: list('text'), should_not_exist: list('text') }),
  ),
  passwd,
  storage,
  systemd: mapping({ units: list(unit) }),
  boot_device: since(3, sugar(bootDevice)),
  grub: since(
    5,
    sugar(
      mapping({
        users: list(mapping({ name: required('text'), password_hash: required('text') })),
      }),
    ),
  ),
});

/** `ssh_authorized_keys`: `sshAuthorizedKeys`. */
export function ignitionName(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = key
    .replace(/_mib$/, 'MiB')
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  names.set(key, name);
  return name;
}

/** Of the keys of the schema, which are all that is asked for. */
const names = new Map<string, string>();
