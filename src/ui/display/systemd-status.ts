import { withCode } from '../../lib/failure-codes.ts';
import { run } from '../../system/run-command.ts';
import { findTool } from '../../system/tools.ts';
import { dueEvery } from '../at-most-every.ts';
import { Meter } from '../meter.ts';
import { presentable } from '../output.ts';
import { clock } from '../progress-words.ts';
import { stepTitles } from '../report.ts';
import type { Display, InstallEvent } from './events.ts';

const intervalMs = 5000;

/**
 * Keeps the line that `systemctl status` shows up to date (sd_notify(3), STATUS=). Node cannot send
 * a datagram to a Unix socket, so systemd's own tool does. Undefined where nothing listens.
 */
export function systemdDisplay(socket = process.env['NOTIFY_SOCKET']): Display | undefined {
  if (!socket || findTool('systemd-notify') === undefined) return undefined;
  const meter = new Meter();
  const due = dueEvery(intervalMs);
  let shown = '';
  let wanted = '';
  let sending = false;
  const send = async (status: string) => {
    wanted = status;
    if (sending) return;
    sending = true;
    while (shown !== wanted) {
      shown = wanted;
      const args = [`--status=${shown}`];
      // It is only a status: its failure must not affect the installation.
      await run('systemd-notify', args, { env: { NOTIFY_SOCKET: socket } }).catch(() => undefined);
    }
    sending = false;
  };
  return {
    show(event) {
      const nowMs = performance.now();
      if (event.event === 'progress') {
        meter.update(event.progress, nowMs);
        if (!due(nowMs)) return;
      }
      const status = statusOf(event, meter);
      if (status !== undefined) void send(presentable(status));
    },
    [Symbol.dispose]: () => undefined,
  };
}

function statusOf(event: InstallEvent, meter: Meter): string | undefined {
  switch (event.event) {
    case 'step-begins':
      return stepTitles[event.step];
    case 'waiting':
      return `Waiting for ${event.waiting.name}: ${event.waiting.reason}`;
    case 'progress': {
      const { percent, leftMs } = meter.read(performance.now()) ?? {};
      const percents = percent === undefined ? '' : ` ${Math.floor(percent)} %`;
      return `${stepTitles.write}${percents}${leftMs === undefined ? '' : `, ${clock(leftMs)} left`}`;
    }
    case 'installed':
      return 'Installed.';
    case 'failed':
      return withCode(event.failure.reason, event.failure.code);
    default:
      return undefined;
  }
}
