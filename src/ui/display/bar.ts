import { createLogUpdate } from 'log-update';
import type { Waiting } from '../../fetch/source.ts';
import { Meter } from '../meter.ts';
import { presentable } from '../output.ts';
import { asciiBlocks, progressBar, unicodeBlocks } from '../progress-words.ts';
import type { Indicator } from './people.ts';
import { assumeSize, speaksUnicode } from './terminal.ts';

const intervalMs = 500;

/** A progress bar that is redrawn at the bottom of a terminal, with what is being waited for. */
export function barIndicator(terminal: NodeJS.WriteStream): Indicator {
  assumeSize(terminal);
  const meter = new Meter();
  // The cursor stays visible: a killed program could not restore it.
  const drawing = createLogUpdate(terminal, { showCursor: true });
  const blocks = speaksUnicode() ? unicodeBlocks : asciiBlocks;
  let waiting: (Waiting & { readonly atMs: number }) | undefined;
  let writing = false;

  const draw = () => {
    const nowMs = performance.now();
    const { columns } = terminal;
    const reading = writing ? meter.read(nowMs) : undefined;
    const lines = [
      ...(reading === undefined ? [] : progressBar(reading, columns, blocks)),
      ...(waiting === undefined
        ? []
        : [presentable(waitingLine(waiting, nowMs)).slice(0, columns - 1)]),
    ];
    if (lines.length > 0) drawing(lines.join('\n'));
    else drawing.clear();
  };
  const timer = setInterval(draw, intervalMs);
  terminal.on('resize', draw);
  const stop = () => {
    clearInterval(timer);
    terminal.off('resize', draw);
    waiting = undefined;
    writing = false;
    drawing.clear();
  };
  return {
    show(event) {
      switch (event.event) {
        case 'waiting':
          waiting = { ...event.waiting, atMs: performance.now() };
          return draw();
        case 'progress':
          waiting = undefined;
          writing = true;
          return meter.update(event.progress, performance.now());
        case 'step-ends':
          waiting = undefined;
          writing = false;
          return draw();
        case 'failed':
          return stop();
      }
    },
    aside(print) {
      drawing.clear();
      print();
      draw();
    },
    [Symbol.dispose]: stop,
  };
}

/** The reason comes first: a narrow terminal shows only the beginning. */
function waitingLine({ name, reason, sinceMs, atMs }: Waiting & { atMs: number }, nowMs: number) {
  const seconds = Math.round((sinceMs + nowMs - atMs) / 1000);
  return `Waiting (${seconds} s): ${reason}; ${name}`;
}
