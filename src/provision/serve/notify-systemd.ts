import { run } from '../../system/run-command.ts';
import { findTool } from '../../system/tools.ts';

/** To systemd (sd_notify(3)), if it has started this; never fails. */
export async function notifySystemd(
  what: 'READY=1' | 'STOPPING=1',
  socket = process.env['NOTIFY_SOCKET'],
): Promise<void> {
  if (!socket || findTool('systemd-notify') === undefined) return;
  await run('systemd-notify', [what], { env: { NOTIFY_SOCKET: socket } }).catch(() => undefined);
}
