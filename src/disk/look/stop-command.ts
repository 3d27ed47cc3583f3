import type { Opener } from './facts.ts';

/** The command that stops a program: systemd may restart a service that was only killed. */
export function stopCommand({ pid, service }: Pick<Opener, 'pid' | 'service'>): string {
  return service === undefined ? `kill ${pid}` : `systemctl stop ${service}`;
}
