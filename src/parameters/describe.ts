import { maskUrl } from '../mask-url.ts';
import { describeOrigin, type Origin, type Parameters } from './parameters.ts';

/** One aligned line for each parameter: its value, passwords masked, and where it came from. */
export function describeParameters(parameters: Parameters): string[] {
  const { ignitionUrl, skipIgnition, platformId, extraKcmdline } = parameters;
  const rows: (readonly [label: string, value: string, origin: Origin | undefined])[] = [
    ['Target device', parameters.device.value, parameters.device.origin],
    [
      'Ignition config',
      ignitionUrl === undefined ? 'none' : maskUrl(ignitionUrl.value),
      (ignitionUrl ?? skipIgnition)?.origin,
    ],
    ['Image', maskUrl(parameters.imageUrl.value), parameters.imageUrl.origin],
    ['Ignition platform', platformId?.value ?? 'as in the image', platformId?.origin],
  ];
  const network = parameters.networkArguments.join(' ');
  if (network !== '') rows.push(['Network arguments', network, parameters.networkOrigin]);
  if (extraKcmdline) rows.push(['Extra arguments', extraKcmdline.value, extraKcmdline.origin]);
  if (parameters.skipMediaCheck) {
    rows.push(['Media check', 'skipped', parameters.skipMediaCheck.origin]);
  }
  if (parameters.skipReboot) rows.push(['Reboot', 'skipped', parameters.skipReboot.origin]);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, value, origin]) => {
    const from = origin === undefined ? 'by default' : `from ${describeOrigin(origin)}`;
    return `${`${label}:`.padEnd(width)}${value} (${from})`;
  });
}
