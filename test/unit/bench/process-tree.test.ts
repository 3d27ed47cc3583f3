import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { mainThreadMs, residentBytes, treeOf } from '../../../bench/process-tree.ts';

test('a process, its children, and theirs', async () => {
  const child = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo ready; wait'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  try {
    const tree = treeOf(process.pid);
    expect(tree).toContain(child.pid);
    expect(treeOf(child.pid as number).length).toBeGreaterThanOrEqual(2);
  } finally {
    child.stdin.end();
    child.kill();
    await once(child, 'exit');
  }
  expect(treeOf(child.pid as number)).toEqual([child.pid]);
  expect(residentBytes(child.pid as number)).toBe(0);
});

test('memory that is used counts', () => {
  const before = residentBytes(process.pid);
  const used = Buffer.alloc(100e6, 1);
  expect(residentBytes(process.pid) - before).toBeGreaterThan(0.9 * used.length);
});

test('work that is done counts', () => {
  const before = mainThreadMs(process.pid);
  for (let end = process.cpuUsage().user + 200_000; process.cpuUsage().user < end; );
  expect(mainThreadMs(process.pid) - before).toBeGreaterThanOrEqual(100);
});
