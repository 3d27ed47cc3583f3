/** An address that no DHCP server gives. */
export const keyfileAddress = '192.0.2.200';

/** Of the first card of a machine in QEMU, whose name differs between the medium and the installed system. */
export const keyfile = `[connection]
id=office
type=ethernet

[ethernet]
mac-address=52:54:00:12:34:56

[ipv4]
method=manual
address1=${keyfileAddress}/24,192.0.2.2
`;
