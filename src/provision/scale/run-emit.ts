import { withSettings } from '../commands/with-settings.ts';
import { checkedPort } from '../dhcp/checked-values.ts';
import { edgeProfile } from './edge-profile.ts';
import { cacheDirectory, edgeConfig, originConfig } from './nginx-config.ts';

export interface EmitAsked {
  readonly what: 'nginx' | 'cache' | 'edge';
  readonly directory: string;
  readonly upstream: string;
  readonly origin?: string;
  readonly port: string;
  readonly image: string;
}

export async function runEmit(asked: EmitAsked): Promise<number> {
  return await withSettings(asked.directory, async ({ url }) => {
    const edge = { originUrl: asked.origin ?? url, port: checkedPort(asked.port) };
    const emitted: Readonly<Record<EmitAsked['what'], () => string>> = {
      nginx: () => originConfig({ directory: asked.directory, url, upstreamUrl: asked.upstream }),
      cache: () => edgeConfig({ ...edge, cacheDirectory }),
      edge: () => edgeProfile({ ...edge, image: asked.image }),
    };
    process.stdout.write(emitted[asked.what]());
  });
}
