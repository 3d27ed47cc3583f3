import { InputError } from '../errors.ts';

/**
 * The file is not to be had there, and trying again does not help: no such file, or a server that
 * refuses to hand it out.
 */
export class NotFoundError extends InputError {}
