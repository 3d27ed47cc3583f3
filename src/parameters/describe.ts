import { formatDigest } from '../lib/digest.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { splitUrls } from './notify-urls.ts';
import { describeOrigin, type Origin, type Parameters } from './parameters.ts';

/** One aligned line for each parameter: its value, secrets masked, and where it came from. */
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
  const { imageHash, checksumUrl, ignitionHash, keyring, requireSignature, verify } = parameters;
  if (imageHash) rows.push(['Image digest', formatDigest(imageHash.value), imageHash.origin]);
  if (checksumUrl) rows.push(['Checksum file', maskUrl(checksumUrl.value), checksumUrl.origin]);
  if (ignitionHash)
    rows.push(['Config digest', formatDigest(ignitionHash.value), ignitionHash.origin]);
  const { checkIgnition } = parameters;
  if (checkIgnition) rows.push(['Config check', checkIgnition.value, checkIgnition.origin]);
  if (keyring) rows.push(['Keyring', keyring.value, keyring.origin]);
  for (const [key, label] of fetchingLabels) {
    const given = parameters[key];
    if (given) rows.push([label, maskUrl(given.value), given.origin]);
  }
  if (requireSignature) rows.push(['Signature', 'required', requireSignature.origin]);
  if (parameters.skipMediaCheck) {
    rows.push(['Signature', 'not looked for', parameters.skipMediaCheck.origin]);
  }
  if (verify) rows.push(['Read back', 'yes', verify.origin]);
  const { notifyUrl } = parameters;
  if (notifyUrl)
    rows.push(['Notify', splitUrls(notifyUrl.value).map(maskUrl).join(' '), notifyUrl.origin]);
  if (parameters.skipReboot) rows.push(['Reboot', 'skipped', parameters.skipReboot.origin]);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, value, origin]) => {
    const from = origin === undefined ? 'by default' : `from ${describeOrigin(origin)}`;
    return `${`${label}:`.padEnd(width)}${value} (${from})`;
  });
}

const fetchingLabels = [
  ['retryFor', 'Retry for'],
  ['proxy', 'Proxy'],
  ['noProxy', 'No proxy for'],
  ['caFile', 'Authorities'],
  ['certFile', 'Certificate'],
  ['keyFile', 'Key'],
  ['headerFile', 'Header fields'],
] as const;
