import { checked } from '../dhcp/network-values.ts';
import { cacheDirectory, edgeConfig } from './nginx-config.ts';

export interface EdgeProfile {
  readonly originUrl: string;
  readonly port: number;
  /** A container image with nginx, as podman names it. */
  readonly image: string;
}

const configPath = '/etc/fleet-cache/nginx.conf';

/** A Butane config: Fedora CoreOS that runs a rack's cache as a container. */
export function edgeProfile({ originUrl, port, image }: EdgeProfile): string {
  const config = edgeConfig({ originUrl, port, cacheDirectory });
  return `# Written by coreos-provision emit edge. Add passwd: with your SSH key.
variant: fcos
version: 1.5.0
storage:
  files:
    - path: ${configPath}
      mode: 0644
      contents:
        inline: |
${indented(config, 10)}
systemd:
  units:
    - name: fleet-cache.service
      enabled: true
      contents: |
${indented(unit(checked('containerImage', image)), 8)}
`;
}

const unit = (image: string) => `[Unit]
Description=Cache of installation images
Wants=network-online.target
After=network-online.target

[Service]
ExecStartPre=/usr/bin/mkdir -p ${cacheDirectory}
ExecStart=/usr/bin/podman run --rm --replace --name fleet-cache --network host \\
  --volume ${configPath}:/etc/nginx/conf.d/default.conf:ro,Z --volume ${cacheDirectory}:${cacheDirectory}:Z \\
  ${image}
ExecStop=/usr/bin/podman stop fleet-cache
TimeoutStartSec=15min
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target`;

const indented = (text: string, columns: number) =>
  text.trimEnd().replaceAll(/^(?=.)/gm, ' '.repeat(columns));
