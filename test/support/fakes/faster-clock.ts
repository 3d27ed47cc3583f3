/**
 * Preloaded into a server (`node --import`): its clocks run `CLOCK_SPEED` times as fast, from the moment
 * `CLOCK_START_MS` on, also after a restart. What takes a minute of silence then takes seconds. Timers
 * stay as they are.
 */
const speed = Number(process.env['CLOCK_SPEED'] ?? 1);
const startMs = Number(process.env['CLOCK_START_MS'] ?? 0);
const [wallClock, monotonic] = [Date.now, performance.now.bind(performance)];
Date.now = () => Math.round(startMs + (wallClock() - startMs) * speed);
performance.now = () => monotonic() * speed;
