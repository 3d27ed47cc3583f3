import * as v from 'valibot';

/** What `ip -json` prints, of which the rest is ignored. Real output of iproute2 6.1 is in the tests. */
const address = v.object({
  family: v.optional(v.string(), ''),
  local: v.optional(v.string(), ''),
  /** The other end of a point-to-point link. */
  address: v.optional(v.string()),
  prefixlen: v.number(),
  scope: v.optional(v.string(), 'global'),
  /** It has a lifetime: DHCP, or a router advertisement. */
  dynamic: v.optional(v.boolean(), false),
});

const link = v.object({
  ifindex: v.number(),
  ifname: v.string(),
  flags: v.array(v.string()),
  mtu: v.number(),
  /** The interface below a VLAN. */
  link: v.nullish(v.string()),
  /** The bond or bridge that it is a port of. */
  master: v.optional(v.string()),
  linkinfo: v.optional(
    v.object({
      info_kind: v.optional(v.string()),
      info_data: v.optional(v.record(v.string(), v.unknown())),
    }),
    {},
  ),
  addr_info: v.optional(v.array(address), []),
});

const route = v.object({
  type: v.optional(v.string(), 'unicast'),
  dst: v.string(),
  gateway: v.optional(v.string()),
  /** A gateway of the other address family. */
  via: v.optional(v.unknown()),
  dev: v.optional(v.string()),
  protocol: v.optional(v.string(), 'boot'),
  metric: v.optional(v.number(), 0),
  nexthops: v.optional(v.array(v.unknown())),
});

const rule = v.looseObject({ priority: v.number(), table: v.optional(v.string()) });

export type Address = v.InferOutput<typeof address>;
export type Link = v.InferOutput<typeof link>;
export type Route = v.InferOutput<typeof route>;
export type Rule = v.InferOutput<typeof rule>;

const reader =
  <Schema extends v.GenericSchema>(schema: Schema) =>
  (text: string): v.InferOutput<Schema>[] =>
    // Without anything to print, some versions print nothing at all.
    v.parse(v.array(schema), text.trim() === '' ? [] : JSON.parse(text));

/** Output of `ip -json -details address show`. */
export const parseLinks = reader(link);
/** Output of `ip -json -details route show`. */
export const parseRoutes = reader(route);
/** Output of `ip -json rule show`. */
export const parseRules = reader(rule);
