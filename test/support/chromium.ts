import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const executablePath = places.find((path) => existsSync(path));

const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Whether there is a Chromium to test with; says what is skipped where there is none. */
export function hasChromium(what: string): boolean {
  if (executablePath !== undefined) return true;
  console.warn(`Skipped: ${what}. There is no Chromium at ${places.join(', ')}.`);
  return false;
}

export function startChromium(): Promise<Browser> {
  return chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: quiet });
}
