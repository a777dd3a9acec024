// Numbers, times and durations as people read them. Times are UTC, as everywhere in the product.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const precise = new Intl.NumberFormat('en', { maximumFractionDigits: 4 });

export const count = (number) => (number === null || number === undefined ? '–' : Math.abs(number) >= 1e6 ? short.format(number) : whole.format(number));

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return '–';
  return `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)}/s`;
}

export function bytes(number) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; number >= 1000 && i < units.length - 1; i++) number /= 1000;
  return `${number >= 100 || i === 0 ? Math.round(number) : number.toFixed(1)} ${units[i]}`;
}

export function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${whole.format(Math.round(seconds / 86400))} days`;
}

const DAY = 86_400_000;

/** "14:33:20" today, else with its date. */
export function time(text) {
  if (!text) return '–';
  const at = Date.parse(text);
  const clock = text.slice(11, 19);
  return Math.floor(at / DAY) === Math.floor(Date.now() / DAY) ? clock : `${text.slice(0, 10)} ${clock}`;
}

/** A tick on an axis whose ticks are `step` milliseconds apart. */
export function tick(at, step) {
  const text = new Date(at).toISOString();
  if (step >= DAY) return text.slice(0, 10);
  return step >= 60_000 ? text.slice(11, 16) : text.slice(11, 19);
}

/** A feature's value; numbers that came as texts keep all their digits. */
export function value(any) {
  if (any === null || any === undefined) return null;
  if (typeof any === 'number') return precise.format(any);
  if (typeof any === 'boolean') return any ? 'true' : 'false';
  if (typeof any === 'string') return /^\d{4}-\d\d-\d\dT/.test(any) ? time(any) : any;
  return JSON.stringify(any);
}

/** What a bar can be drawn for; null for texts and where there is nothing. */
export const amount = (any) => (typeof any === 'number' ? any : typeof any === 'string' && /^-?\d+(\.\d+)?$/.test(any) ? Number(any) : null);
