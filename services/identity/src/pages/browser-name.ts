import Bowser from 'bowser';

/** What people call the browser of a `User-Agent`, such as `Firefox on Windows`. */
export function browserName(userAgent: string): string {
  const { browser, os } = Bowser.parse(userAgent === '' ? '-' : userAgent);
  if (browser.name === undefined || browser.name === '') return 'Unknown browser';
  return os.name === undefined ? browser.name : `${browser.name} on ${os.name}`;
}
