import { expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import { traceInto } from '../../../../src/ui/log/trace.ts';
import { presentableJson } from '../../../../src/ui/output.ts';
import { hasty, readAll } from '../../../support/read.ts';
import { startServer } from '../../../support/servers.ts';

test('a redirect without a scheme is told without the user name and password in it', async () => {
  await using server = await startServer({
    files: { '/x?secret': Buffer.from('a') },
    fault: (index) => {
      const location = `//core:secret@127.0.0.1:${server.port}/x?secret`;
      return index === 0 ? { status: 302, headers: { Location: location } } : undefined;
    },
  });
  const lines: string[] = [];
  using _ = traceInto((kind, data) => lines.push(`${kind} ${presentableJson(data)}`));
  await readAll(openSource(`${server.url}/redirected`, hasty));
  const told = lines.join('\n');
  expect(told).toContain(`"location":"//***@127.0.0.1:${server.port}/x?***"`);
  expect(told).not.toContain('secret');
});
