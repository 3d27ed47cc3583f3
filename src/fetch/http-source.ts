import { InputError, ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { parseUrl } from '../lib/url.ts';
import { version } from '../lib/version.ts';
import type { HttpAnswer } from './http/answer.ts';
import { Download } from './http/download.ts';
import { encodingProbeBytes, isReEncoded, labelledEncoding } from './http/encoding.ts';
import { contentRange, foreignTransfer } from './http/http-headers.ts';
import { type RequestOptions, sendRequest } from './http/request.ts';
import { budgetOf, type RetryBudget, TransientError } from './retry.ts';
import type { ByteSource, EarlierPart, OpenSource, SourceOptions } from './source.ts';

/** How long to wait for the end of a file, which is optional. */
const tailTimeoutMs = 15_000;

/** A file on a web server. */
export class HttpSource implements ByteSource {
  readonly name: string;
  readonly #url: URL;
  readonly #zone: string | undefined;
  readonly #options: SourceOptions;

  /** Throws `ParameterError` when `location` is not a valid http:// or https:// URL. */
  constructor(location: string, options: SourceOptions) {
    this.name = maskUrl(location);
    const parsed = parseUrl(location);
    if (parsed === undefined) {
      throw new ParameterError({
        code: 'invalid-url',
        failed: `Cannot use ${this.name}`,
        why: 'it is not a valid URL',
        next: 'Write it as http://host/path/to/file; a space in it is written as %20.',
      });
    }
    const { url, zone } = parsed;
    url.hash = '';
    this.#url = url;
    this.#zone = zone;
    this.#options = options;
  }

  async open(signal: AbortSignal, earlier?: EarlierPart): Promise<OpenSource> {
    const download = new Download({
      name: this.name,
      earlier,
      onReread: this.#options.onReread,
      budget: this.#budget(),
      signal,
      request: (headers, accepts) => this.#request(headers, accepts, signal),
    });
    await download.start();
    const { sizeBytes, startBytes, validator } = download;
    const sha256 = () => download.sha256();
    return { sizeBytes, startBytes, validator, bytes: download, sha256 };
  }

  /**
   * One short try, as nothing depends on it: the caller may also read everything.
   */
  async tail(
    lengthBytes: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const late = AbortSignal.timeout(tailTimeoutMs);
    const range = `bytes=${Math.max(0, sizeBytes - lengthBytes)}-`;
    try {
      using answer = await this.#request({ range }, [206], AbortSignal.any([signal, late]));
      return await readTail(answer, lengthBytes, sizeBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted || error instanceof TransientError || error instanceof InputError) {
        return undefined;
      }
      throw error;
    }
  }

  #budget(): RetryBudget {
    return budgetOf(this.name, this.#options);
  }

  async #request(
    headers: Readonly<Record<string, string>>,
    accepts: readonly number[],
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const options = { ...requestOptions(this.#options), zone: this.#zone };
    const answer = await sendRequest(this.#url, accepts, headers, options, signal);
    try {
      await this.#refuseEncoded(answer);
      return answer;
    } catch (error) {
      answer[Symbol.dispose]();
      throw error;
    }
  }

  /** Only for a body from the first byte: of a continued one, the beginning was checked. */
  async #refuseEncoded(answer: HttpAnswer): Promise<void> {
    const transfer = foreignTransfer(answer.headers);
    if (transfer !== undefined)
      throw this.#encoded(`Transfer-Encoding: ${JSON.stringify(transfer)}`);
    const coding = labelledEncoding(answer.headers);
    if (coding === undefined || answer.status !== 200) return;
    if (await isReEncoded(coding, await answer.peek(encodingProbeBytes)))
      throw this.#encoded(`Content-Encoding: ${coding}`);
  }

  #encoded(field: string): InputError {
    return new InputError({
      code: 'http-re-encoded',
      failed: `Cannot fetch ${this.name}`,
      why: `the server re-encodes the file on the way (${field})`,
      next: "Switch compression off in the server's configuration for this file.",
    });
  }
}

/** How requests are sent, where the user left it open. */
export function requestOptions(options: SourceOptions): RequestOptions {
  return {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
    userAgent: options.userAgent ?? `coreos-installer/${version}`,
    extraCaPems: options.extraCaPems ?? [],
    identity: options.identity,
    proxyFor: options.proxyFor ?? (() => undefined),
    headers: options.headers ?? {},
    purpose: options.purpose,
  };
}

/** The whole body of an answer that holds exactly the end of such a file, else undefined. */
async function readTail(
  answer: HttpAnswer,
  lengthBytes: number,
  sizeBytes: number,
): Promise<Uint8Array | undefined> {
  const range = contentRange(answer.headers);
  if (range?.totalBytes !== sizeBytes || range.last + 1 !== sizeBytes) {
    return undefined;
  }
  const expectedBytes = Math.min(lengthBytes, sizeBytes);
  if (range.last + 1 - range.first !== expectedBytes) {
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  for (let chunk = await answer.read(); chunk !== undefined; chunk = await answer.read()) {
    receivedBytes += chunk.length;
    if (receivedBytes > expectedBytes) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return receivedBytes === expectedBytes ? Buffer.concat(chunks) : undefined;
}
