import { parse } from 'node-html-parser';
import type { HTMLElement } from 'node-html-parser';

/** A form of a page, as a browser without script sees it. */
export interface Form {
  readonly action: URL;
  readonly method: 'GET' | 'POST';
  /** Names of all controls that a user can fill, tick or press. */
  readonly controls: ReadonlySet<string>;
  /** What is sent when nothing is changed, without buttons: also hidden fields, ticked boxes. */
  readonly filled: readonly (readonly [string, string])[];
  /** Buttons with a name, as `name=value`. */
  readonly buttons: readonly (readonly [string, string])[];
}

const isTicked = (input: HTMLElement): boolean =>
  !['checkbox', 'radio'].includes(input.getAttribute('type') ?? 'text') || input.hasAttribute('checked');

const isButton = (input: HTMLElement): boolean =>
  input.rawTagName.toLowerCase() === 'button' ||
  ['submit', 'image', 'button', 'reset'].includes(input.getAttribute('type') ?? 'text');

function valueOf(control: HTMLElement): string {
  switch (control.rawTagName.toLowerCase()) {
    case 'textarea':
      return control.text;
    case 'select':
      return (control.querySelector('option[selected]') ?? control.querySelector('option'))?.getAttribute(
        'value',
      ) as string;
    case 'input':
      return control.getAttribute('value') ?? (control.getAttribute('type') === 'checkbox' ? 'on' : '');
    default:
      return control.getAttribute('value') ?? '';
  }
}

function toForm(form: HTMLElement, base: URL): Form {
  const named = form
    .querySelectorAll('input, select, textarea, button')
    .filter((one) => one.hasAttribute('name') && !one.hasAttribute('disabled'));
  const pairOf = (one: HTMLElement): readonly [string, string] => [
    one.getAttribute('name') ?? '',
    valueOf(one),
  ];
  const fields = named.filter((one) => !isButton(one));
  const isShown = (one: HTMLElement): boolean => one.getAttribute('type') !== 'hidden';
  return {
    action: new URL(form.getAttribute('action') ?? '', base),
    method: form.getAttribute('method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    controls: new Set(named.filter(isShown).map((one) => one.getAttribute('name') ?? '')),
    filled: fields.filter(isTicked).map(pairOf),
    buttons: named.filter(isButton).map(pairOf),
  };
}

/** The forms of a page. */
export function formsIn(html: string, base: URL): Form[] {
  return parse(html)
    .querySelectorAll('form')
    .map((form) => toForm(form, base));
}

/** What a page says to its reader about a failure: elements with the role `alert`. */
export function alertsIn(html: string): string {
  return parse(html)
    .querySelectorAll('[role=alert]')
    .map((one) => one.structuredText)
    .join('; ');
}

/** The heading of a page. */
export function headingOf(html: string): string {
  return parse(html).querySelector('main h1, h1')?.structuredText ?? '';
}
