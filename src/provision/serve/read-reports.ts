import * as v from 'valibot';
import type { Notice, ProgressReport } from '../rule/control-interface.ts';

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
/** What is not in its form is absent: a newer installer may send another one. */
const optional = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.optional(v.fallback(v.optional(schema), undefined));

const report = v.object({
  event: text(64),
  step: optional(text(64)),
  percent: optional(v.pipe(amount, v.maxValue(100))),
  onDeviceBytesPerS: optional(amount),
});

const notice = v.object({
  result: v.picklist(['installed', 'failed']),
  installId: optional(text(64)),
  alreadyInstalled: optional(v.boolean()),
  // It may list all disks of a machine.
  reason: optional(
    v.pipe(
      v.string(),
      v.transform((all) => all.slice(0, 2000)),
    ),
  ),
  code: optional(text(64)),
  diskState: optional(text(64)),
  exitCode: optional(v.pipe(v.number(), v.safeInteger())),
});

/** In one request; the installer sends at most one `progress` a second. */
const maxReports = 1000;

/**
 * The events of `--progress json` in the body of a request, a JSON object a line. What is not one is
 * left out: a newer installer may send more. Undefined where nothing is one.
 */
export function readReports(body: string): ProgressReport[] | undefined {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const reports = lines.slice(-maxReports).flatMap((line) => parseAs(report, line) ?? []);
  return reports.length === 0 && lines.length > 0 ? undefined : reports;
}

/** The body of a notice; see docs/notify.md. Undefined for anything else. */
export const readNotice = (body: string): Notice | undefined => parseAs(notice, body);

/** Undefined for what is not JSON, or not in its form. */
export function parseAs<Schema extends v.GenericSchema>(
  schema: Schema,
  json: string,
): v.InferOutput<Schema> | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), json);
  return read.success ? read.output : undefined;
}
