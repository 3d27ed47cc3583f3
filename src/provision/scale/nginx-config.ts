import { checked } from '../dhcp/network-values.ts';

/** An asset's URL names its content: a copy never becomes old. */
const asset = '"^/assets/sha256-(?<digest>[0-9a-f]{64})/[^/.][^/]*$"';

export interface Origin {
  /** With `assets/`. */
  readonly directory: string;
  /** As machines reach it: where to listen. */
  readonly url: string;
  /** The provisioning server behind it. */
  readonly upstreamUrl: string;
}

/** For /etc/nginx/conf.d/: assets from the disk, everything else from the provisioning server. */
export function originConfig({ directory, url, upstreamUrl }: Origin): string {
  const { hostname, port } = new URL(checked('url', url));
  return `# Written by coreos-provision emit nginx.
server {
${listening(url, Number(port) || 80)}
  # Another server of this nginx may be the default one of the port.
  server_name ${hostname};
  server_tokens off;
  gzip off;
  # One dead machine keeps its connection no longer than this.
  send_timeout 60s;

  location ~ ${asset} {
    root ${checked('path', directory)};
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    # As the content: by default it is made of the time of the file, and with another one a cache
    # could not put together what it has and what it fetches.
    etag off;
    add_header ETag "\\"$digest\\"";
    add_header Cache-Control "public, max-age=31536000, immutable";
  }
  location / {
    proxy_pass ${checked('url', upstreamUrl)};
    proxy_http_version 1.1;
    # Else the server would take nginx for every machine. It believes this from its own machine only.
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    # Nothing secret gets into files of nginx.
    proxy_max_temp_file_size 0;
  }
}
`;
}

/** Below what every distribution has: nginx makes the last directory itself. */
export const cacheDirectory = '/var/cache/fleet';

export interface Edge {
  /** From where the cache fetches: the server, or a cache of the level above. */
  readonly originUrl: string;
  readonly port: number;
  readonly cacheDirectory: string;
}

/**
 * A cache for assets and nothing else: what is secret or changes does not go through it. An image
 * that it has changed is refused: the installer knows the digest.
 */
export function edgeConfig({ originUrl, port, cacheDirectory }: Edge): string {
  return `# Written by coreos-provision emit.
proxy_cache_path ${checked('path', cacheDirectory)} levels=1:2 keys_zone=fleet:8m max_size=20g inactive=30d use_temp_path=off;
server {
${listening(originUrl, port)}
  server_tokens off;
  gzip off;
  send_timeout 60s;

  location ~ ${asset} {
    limit_except GET { deny all; }
    # In pieces: of a file that is fetched for the first time, each machine gets what is there already.
    slice 16m;
    proxy_cache fleet;
    proxy_cache_key $uri$slice_range;
    # Files only: an error that says that it may be kept is asked for again.
    proxy_ignore_headers Cache-Control Expires X-Accel-Expires;
    proxy_cache_valid 200 206 30d;
    # One request to the origin for each piece. By default a second one is sent after 5 s.
    proxy_cache_lock on;
    proxy_cache_lock_timeout 60s;
    proxy_cache_lock_age 60s;
    proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Range $slice_range;
    proxy_ssl_server_name on;
    proxy_pass ${checked('url', originUrl)};
  }
  location / { return 404; }
}
`;
}

/** By IPv6 only where it is there for certain: nginx does not start on a machine without. */
function listening(url: string, port: number): string {
  const isIPv6 = new URL(checked('url', url)).hostname.startsWith('[');
  return [`  listen ${port};`, ...(isIPv6 ? [`  listen [::]:${port};`] : [])].join('\n');
}
