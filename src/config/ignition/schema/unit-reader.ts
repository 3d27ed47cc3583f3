/** Ignition reads a unit in pieces of this size. */
const pieceBytes = 4096;

/** A character in UTF-8. */
const character = /[\0-\x7f]|[\x80-\xff][\x80-\xbf]*/y;
/** White space in UTF-8 (Go's `unicode.IsSpace`). */
const space =
  /[\t-\r ]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80/y;
const onlySpaces = new RegExp(`^(?:${space.source})*$`);

/**
 * A unit as Go's `bufio.Reader` gives it to Ignition: how much has been read ahead decides whether
 * a line that is too long is noticed.
 */
export class UnitReader {
  /** A character for each byte. */
  readonly #text: string;
  #at = 0;
  #readTo = 0;
  /** Where the line ends, as far as that was looked for. */
  #lineEnd = -1;

  constructor(contents: string) {
    this.#text = Buffer.from(contents).toString('latin1');
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Counted from 1. */
  get lineNumber(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  /** The next byte. */
  get next(): string {
    return this.#text.charAt(this.#at);
  }

  /** What is left of the line, with its line break. */
  get restOfLine(): string {
    const end = this.#text.indexOf('\n', this.#at);
    return this.#text.slice(this.#at, end < 0 ? undefined : end + 1);
  }

  get restIsSpace(): boolean {
    return onlySpaces.test(this.restOfLine);
  }

  /** Whether that number of bytes has been read, and no line break is in them. */
  hasLineOf(bytes: number): boolean {
    if (this.#readTo - this.#at < bytes) return false;
    if (this.#lineEnd < this.#at) {
      const length = this.#text.slice(this.#at).search(/[\r\n]/);
      this.#lineEnd = length < 0 ? this.#text.length : this.#at + length;
    }
    return this.#lineEnd - this.#at >= bytes;
  }

  /** Makes sure that the bytes have been read, in as many pieces as that takes. */
  read(bytes: number): void {
    const missing = this.#at + bytes - this.#readTo;
    if (missing <= 0) return;
    const pieces = Math.ceil(bytes / pieceBytes);
    this.#readTo = Math.min(this.#text.length, this.#at + pieces * pieceBytes);
  }

  skip(bytes: number): void {
    this.read(bytes);
    this.#at += bytes;
  }

  skipCharacter(): void {
    this.skip(this.#lengthOf(character));
  }

  /** Whether there was white space. */
  skipSpace(): boolean {
    const length = this.#lengthOf(space);
    this.skip(length);
    return length > 0;
  }

  skipLine(): string {
    const line = this.restOfLine;
    this.skip(line.length);
    return line;
  }

  #lengthOf(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex - this.#at : 0;
  }
}
