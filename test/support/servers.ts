/** Servers on 127.0.0.1 for tests: one that goes wrong as told, and those that people use. */
export * from './fault-server.ts';
export * from './http-response.ts';
export * from './ports.ts';
export * from './real-servers.ts';
export * from './tripping-cable.ts';
