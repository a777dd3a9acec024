// Light or dark: the system's choice until somebody makes one, which is remembered.

import { $, svg } from './dom.js';

const KEY = 'streamforge-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const SUN = 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8';
const MOON = 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z';

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing shows the choice until the page is left.
  }
}

function show(theme) {
  const other = theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  const button = $('theme');
  button.setAttribute('aria-label', `Switch to ${other} colours`);
  button.replaceChildren(svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' },
    svg('path', { d: theme === 'dark' ? SUN : MOON })));
}

export function startTheme() {
  show(remembered() ?? (system.matches ? 'dark' : 'light'));
  system.addEventListener('change', () => remembered() ?? show(system.matches ? 'dark' : 'light'));
  $('theme').addEventListener('click', () => {
    const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    remember(theme);
    show(theme);
  });
}
