import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * An answer that GRUB understands: up to 2.12 it knows the length of a file only from a field whose name is
 * written like this, and otherwise waits without end.
 */
export class GrubResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(name === 'content-length' ? 'Content-Length' : name, value);
  }

  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    const fields = typeof reason === 'object' ? reason : headers;
    if (fields !== undefined && !Array.isArray(fields))
      for (const [name, value] of Object.entries(fields))
        if (value !== undefined) this.setHeader(name, value);
    return super.writeHead(statusCode);
  }
}
