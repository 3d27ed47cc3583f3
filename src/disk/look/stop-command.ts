import type { Opener } from './facts.ts';

/** How a program is stopped: systemd may start a service again that was only killed. */
export function stopCommand({ pid, service }: Pick<Opener, 'pid' | 'service'>): string {
  return service === undefined ? `kill ${pid}` : `systemctl stop ${service}`;
}
