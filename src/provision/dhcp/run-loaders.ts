import { say, warn } from '../../ui/output.ts';
import { withSettings } from '../commands/with-settings.ts';
import { copyLoaders } from './loaders.ts';

export interface LoadersAsked {
  readonly directory: string;
  readonly secureBoot: boolean;
}

export async function runLoaders(asked: LoadersAsked): Promise<number> {
  return await withSettings(asked.directory, async ({ url }) => {
    for (const name of await copyLoaders({ ...asked, url })) say(`assets/tftp/${name}`);
    if (asked.secureBoot && new URL(url).port !== '')
      warn(
        `Note: GRUB before version 2.12 reaches port 80 only, and the URL in fleet.yaml is ${url}.`,
      );
  });
}
