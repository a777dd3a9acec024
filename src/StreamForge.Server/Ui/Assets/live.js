// Live numbers: each part of the page asks again after a while, one request at a time, and not while the page is hidden.
// When the server goes away the parts keep what they show, ask less and less often, and the status line says so until it is back.

import { Away } from './api.js';
import { $, put } from './dom.js';

const SLOWEST = 8000;

const parts = new Set();
let away = 0;
let told = '';

function tell(state, words) {
  if (told === state) return;
  told = state;
  const line = $('connection');
  line.querySelector('.dot').className = `dot ${state}`;
  put(line.querySelector('.words'), words);
}

/** Calls task(signal) now and then every `interval` milliseconds. Returns {now, stop}; now() asks at once and drops an answer on its way. */
export function live(task, interval) {
  let timer = 0;
  let controller = null;
  const part = {
    async now() {
      clearTimeout(timer);
      controller?.abort();
      const mine = controller = new AbortController();
      try {
        if (!document.hidden) {
          await task(mine.signal);
          if (mine.signal.aborted) return;
          away = 0;
          tell('good', 'live');
        }
      } catch (error) {
        if (mine.signal.aborted) return;
        if (!(error instanceof Away)) throw error;
        away += 1;
        tell('bad', 'server away, trying again');
      } finally {
        if (controller === mine) timer = setTimeout(part.now, away ? Math.min(interval * 2 ** Math.min(away, 4), SLOWEST) : interval);
      }
    },
    stop() {
      clearTimeout(timer);
      controller?.abort();
      controller = null;
      parts.delete(part);
    },
  };
  parts.add(part);
  part.now();
  return part;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  for (const part of parts) part.now();
});
