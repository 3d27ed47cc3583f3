#!/usr/bin/python3
"""Plays efibootmgr where there is no firmware with variables: /tmp/firmware has its state as JSON."""
import argparse
import json
import sys
import uuid

parser = argparse.ArgumentParser()
for name in ['verbose', 'quiet', 'delete-bootnum', 'create-only', 'active']:
    parser.add_argument(f'--{name}', action='store_true')
for name in ['bootnum', 'disk', 'part', 'loader', 'label', 'bootorder', 'bootnext']:
    parser.add_argument(f'--{name}')
args = parser.parse_args()

with open('/tmp/firmware') as file:
    state = json.load(file)
entries = state['entries']


def partition(disk, number):
    """The place and the GUID, from the table that is on the disk."""
    with open(disk, 'rb') as device:
        device.seek(1024 + 128 * (number - 1))
        entry = device.read(128)
    first = int.from_bytes(entry[32:40], 'little')
    last = int.from_bytes(entry[40:48], 'little')
    return f'{uuid.UUID(bytes_le=entry[16:32])},{first:#x},{last - first + 1:#x}'


if state.get('refuses') and not args.verbose:
    print('Could not prepare Boot variable: No space left on device', file=sys.stderr)
    sys.exit(5)
if args.delete_bootnum:
    del entries[args.bootnum]
    state['order'] = [number for number in state['order'] if number != args.bootnum]
if args.create_only:
    free = next(f'{n:04X}' for n in range(65536) if f'{n:04X}' not in entries)
    place = partition(args.disk, int(args.part))
    entries[free] = f'{args.label}\tHD({args.part},GPT,{place})/File({args.loader})'
if args.bootorder and not state.get('forgets'):
    # As the real one does.
    missing = [number for number in args.bootorder.split(',') if number not in entries]
    if missing:
        print(f'Invalid BootOrder order entry value {args.bootorder}', file=sys.stderr)
        print(f'entry {missing[0]} does not exist', file=sys.stderr)
        sys.exit(8)
    state['order'] = args.bootorder.split(',')
if args.bootnext and not state.get('forgets'):
    state['next'] = args.bootnext
with open('/tmp/firmware', 'w') as file:
    json.dump(state, file)
if not args.quiet:
    if 'next' in state:
        print('BootNext:', state['next'])
    print('BootOrder:', ','.join(state['order']))
    for number, text in sorted(entries.items()):
        print(f'Boot{number}* {text}')
