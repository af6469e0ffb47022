import { escapeHtml } from '@careplane/kit';

const made = new WeakSet<Html>();

/** Text that is HTML already: made by `html` only. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    made.add(this);
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text is escaped, HTML is not; `undefined`, `null` and `false` are nothing. */
export type Part = string | number | Html | readonly Part[] | undefined | null | false;

/** A template of HTML whose values are escaped, for text and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(values[index - 1]) + string));
}

function render(value: Part): string {
  if (value === undefined || value === null || value === false) return '';
  if (Array.isArray(value)) return value.map((part: Part) => render(part)).join('');
  if (value instanceof Html) return value.toString();
  return escapeHtml(String(value));
}
