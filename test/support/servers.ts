/** Servers on 127.0.0.1 for tests: one with specified faults, and real ones. */
export * from './fault-server.ts';
export * from './http-response.ts';
export * from './ports.ts';
export * from './real-servers.ts';
export * from './tripping-cable.ts';
