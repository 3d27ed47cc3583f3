"""Machines that boot from the network, all at once: what their firmware asks of DHCP servers (RFC 2131,
the PXE specification 2.1), and what it would load. Takes and prints JSON: see dhcp-network.ts."""
import json, os, select, socket, struct, sys, time

asked = json.loads(sys.argv[1])
here = '192.0.2.50'
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
    s.setsockopt(socket.SOL_SOCKET, option, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lan\0')
s.bind(('', 68))

def mac(number):
    return bytes([0x52, 0x54, 0, 0, number >> 8, number & 255])

def message(number, kind, extra=b'', ciaddr='0.0.0.0'):
    machine = asked[number]
    arch = machine['architecture']
    vendor = (machine.get('vendor', 'PXEClient') + ':Arch:%05d:UNDI:003016' % arch).encode()
    head = struct.pack('!BBBBIHH', 1, 1, 6, 0, 0x10000 + number, 0, 0x8000 if ciaddr == '0.0.0.0' else 0)
    head += socket.inet_aton(ciaddr) + bytes(12) + mac(number) + bytes(10 + 192) + b'\x63\x82\x53\x63'
    # The vendor class is not requested: not all firmware does.
    options = bytes([53, 1, kind, 55, 5, 1, 3, 66, 67, 43, 60, len(vendor)]) + vendor
    options += bytes([93, 2]) + struct.pack('!H', arch) + bytes([94, 3, 1, 3, 16, 97, 17, 0]) + bytes([number + 1] * 16)
    if machine.get('isIpxe'):
        options += bytes([175, 3, 1, 1, 1])
    return head + options + extra + b'\xff'

def parse(data):
    options, at = {}, 240
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        options[data[at]] = data[at + 2:at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    file = (options.get(67) or data[108:236]).split(b'\0')[0].decode()
    return {
        'number': struct.unpack('!I', data[4:8])[0] - 0x10000,
        'address': socket.inet_ntoa(data[16:20]),
        'next': socket.inet_ntoa(data[20:24]),
        'file': file,
        'vendor': options.get(60, b'').decode(),
        'server': socket.inet_ntoa(options[54]),
        'menu': options.get(43, b''),
    }

def collect(until, enough):
    answers = []
    while not enough(answers) and time.monotonic() < until:
        if select.select([s], [], [], max(0, until - time.monotonic()))[0]:
            answers.append(parse(s.recv(2000)))
    return answers

for number in range(len(asked)):
    s.sendto(message(number, 1), ('255.255.255.255', 67))
# dnsmasq tests an address by ping for 3 seconds before it offers it.
offers = collect(time.monotonic() + 8, lambda so_far: len(
    {o['number'] for o in so_far if o['address'] != '0.0.0.0'} & {o['number'] for o in so_far if o['vendor'] or o['file']}
) == len(asked))
results = []
for number, machine in enumerate(asked):
    mine = [offer for offer in offers if offer['number'] == number]
    got = {}
    addresses = [offer['address'] for offer in mine if offer['address'] != '0.0.0.0']
    if addresses:
        got['address'] = addresses[0]
    boots = [offer for offer in mine if offer['file']]
    if not boots:
        # Boot server discovery: port 4011, for a BIOS with the first item of the menu (option 43, tag 71).
        for offer in [offer for offer in mine if offer['vendor'] == 'PXEClient']:
            item = b'\x2b\x07\x47\x04\x80\x00\x00\x00\xff' if 8 in offer['menu'] and machine['architecture'] == 0 else b''
            s.sendto(message(number, 3, item, here), (offer['server'], 4011))
            boots += collect(time.monotonic() + 3, lambda so_far: bool(so_far))
    # HTTP boot takes only what is marked as such.
    if machine.get('vendor') == 'HTTPClient':
        boots = [offer for offer in boots if offer['vendor'] == 'HTTPClient']
    if boots:
        got['file'] = boots[0]['file']
        if boots[0]['next'] != '0.0.0.0':
            got['nextServer'] = boots[0]['next']
    results.append(got)
print(json.dumps(results))
