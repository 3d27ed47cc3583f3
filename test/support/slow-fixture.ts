import { type Fixture, type FixtureOptions, fixture } from './fixture.ts';

const mib = 1024 * 1024;

export interface SlowFixture extends Fixture {
  /** Lets the rest of the image come at once, after so many more pauses of a tenth of a second. */
  hurry(pauses?: number): void;
}

/**
 * An image that takes a quarter of a minute to arrive, so that there is much to see meanwhile. Who has seen
 * it lets it `hurry`: no test depends on how fast the machine is, or waits for more than it looks at.
 */
export async function slowFixture(
  options: Omit<FixtureOptions, 'server'> = {},
): Promise<SlowFixture> {
  let remaining = Number.POSITIVE_INFINITY;
  const drip = { pieceBytes: 64 * 1024, everyMs: 100, pauses: () => remaining-- > 0 };
  const it = await fixture({
    ...options,
    image: { rootSizeBytes: 16 * mib, fillBytes: 8 * mib },
    server: { fault: (_, { url }) => (url === '/image' ? { drip } : undefined) },
  });
  return Object.assign(it, {
    hurry: (pauses = 0) => {
      remaining = pauses;
    },
  });
}
