import type { BootPlan } from './boot-plan.ts';

const vendorClass = { name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true };

/** Kea: a whole config; for an existing one, `client-classes` is the part to copy. */
export function keaConfig(boot: BootPlan): string {
  const classes = boot.files.map(({ name, architectures, file, isHttp }) => ({
    name,
    test: `not member('ipxe') and (${architectures
      .map((number) => `option[93].hex == 0x${hex(number, 4)}`)
      .join(' or ')})`,
    'boot-file-name': file,
    ...(isHttp ? { 'option-data': [vendorClass] } : { 'next-server': boot.address }),
  }));
  const ipxe = { name: 'ipxe', test: 'option[175].exists', 'boot-file-name': boot.scriptUrl };
  const config = {
    Dhcp4: {
      'interfaces-config': { interfaces: ['*'] },
      // Firmware, loader and installer have different client ids, and are one machine.
      'match-client-id': false,
      'client-classes': [ipxe, ...classes],
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** It is sent only to those that request option 60, which not all firmware does. */
const httpClient = `option vendor-class-identifier "HTTPClient";
  option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 3c)`;

/** ISC dhcpd: the lines for dhcpd.conf, before its subnets. */
export function iscConfig(boot: BootPlan): string {
  const branches = boot.files.map(({ architectures, file, isHttp }) => {
    const tests = architectures.map((number) => `option boot-architecture = 00:${hex(number, 2)}`);
    const server = isHttp ? httpClient : `next-server ${boot.address}`;
    return ` elsif ${tests.join(' or ')} {\n  ${server};\n  filename "${file}";\n}`;
  });
  return `option boot-architecture code 93 = string;
option ipxe-options code 175 = string;
ignore-client-uids true;
if exists ipxe-options {
  filename "${boot.scriptUrl}";
}${branches.join('')}
`;
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
