/** What the rule is about: one machine that asks what to boot, and the fleet at that moment. */
export interface Facts {
  /** What the files or `reinstall` ask for. */
  readonly generation: number;
  /** 0: never installed, as far as is known. */
  readonly installedGeneration: number;
  /** Why nothing may happen to this machine; absent: it is not held. */
  readonly heldBecause: string | undefined;
  readonly fleetHeld: boolean;
  /** Under which other name it was installed; absent: under none. */
  readonly installedAs: string | undefined;
  /** By what it was recognised. */
  readonly identities: readonly string[];
  /** The token of an installation of this machine was used within the last minute. */
  readonly reporting: boolean;
  /** At this generation: see `Permitted.isAttempt`. */
  readonly attempts: number;
  /** Too many machines have failed. */
  readonly gateClosed: boolean;
  /** Whether enough machines of its profile are up, or too few are on their way. */
  readonly canaryAllows: boolean;
  /** One is free for this machine, or it has one. */
  readonly slotFree: boolean;
}

export type Verdict =
  | { readonly kind: 'install' }
  /** `inQueue`: it needs a slot, and gets one when its turn comes. */
  | { readonly kind: 'wait'; readonly why: string; readonly inQueue: boolean }
  | { readonly kind: 'local-boot'; readonly why: string }
  /** Held from now on, because it has had its attempts, or has a system under another name. */
  | { readonly kind: 'hold'; readonly why: string; readonly for: 'attempts' | 'name' };

export const maxAttempts = 3;

/**
 * The one rule: who gets the installer. Every other machine that need not wait boots from its disk;
 * a machine that may have a system is never kept from it by a closed gate or a held fleet.
 */
export function decide(facts: Facts): Verdict {
  const { generation, installedGeneration, heldBecause, installedAs, identities } = facts;
  if (installedGeneration >= generation) return { kind: 'local-boot', why: 'it is installed' };
  if (heldBecause !== undefined) return { kind: 'local-boot', why: `it is held: ${heldBecause}` };
  if (facts.fleetHeld) return { kind: 'local-boot', why: 'the fleet is held' };
  if (installedAs !== undefined) {
    const why = `It was installed, or was being installed, as ${installedAs} (${identities.join(', ')}).`;
    return { kind: 'hold', for: 'name', why };
  }
  if (facts.reporting) return wait('its installation still reports', false);
  if (facts.attempts >= maxAttempts)
    return { kind: 'hold', for: 'attempts', why: 'No attempt has reported its end.' };
  if (facts.gateClosed)
    return installedGeneration > 0
      ? { kind: 'local-boot', why: 'no further machine begins' }
      : wait('no further machine begins', true);
  if (!facts.canaryAllows) return wait('the first machine of its profile is not up yet', true);
  if (!facts.slotFree) return wait('as many machines as may install at a time do so', true);
  return { kind: 'install' };
}

const wait = (why: string, inQueue: boolean) => ({ kind: 'wait', why, inQueue }) as const;
