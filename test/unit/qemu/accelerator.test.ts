import { expect, test } from 'vitest';
import { chooseAccelerator, faultOf } from '../../qemu/support/accelerator.ts';

const shell = (script: string) => ['sh', '-c', script];

test.each(['kvm', 'tcg'] as const)('ACCEL=%s is not asked about', async (wanted) => {
  const { accelerator, reason } = await chooseAccelerator(wanted);
  expect({ accelerator, reason }).toEqual({ accelerator: wanted, reason: 'as ACCEL says' });
});

test('any other ACCEL is an error that says what there is', async () => {
  await expect(chooseAccelerator('hvf')).rejects.toThrow('ACCEL=hvf: there are kvm and tcg');
});

test('a machine that speaks is not waited for any longer', async () => {
  const started = performance.now();
  const command = shell('printf "Linux ver"; printf "sion 6.1\\n"; exec sleep 600');
  expect(await faultOf(command, /Linux version/, 60_000)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(30_000);
});

test('one that runs and says nothing is ended, and told of', async () => {
  expect(await faultOf(shell('exec sleep 600'), /Linux version/, 100)).toBe(
    'a machine with it said nothing within 0.1 s',
  );
});

test('one that says something else is quoted', async () => {
  const command = shell('echo SeaBIOS; exec sleep 600');
  expect(await faultOf(command, /Linux version/, 2000)).toBe(
    'a machine with it only said “SeaBIOS” within 2 s',
  );
});

test('one that ends has its own words', async () => {
  const command = shell('echo "failed to initialize kvm: Invalid argument" >&2; exit 1');
  expect(await faultOf(command, /Linux version/, 60_000)).toBe(
    'exit code 1: failed to initialize kvm: Invalid argument',
  );
});
