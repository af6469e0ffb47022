import type { Entrance } from './entrance.ts';

/** A form of a page. */
export interface Form {
  readonly action: string;
  readonly fields: readonly (readonly [string, string])[];
  /** Its HTML. */
  readonly text: string;
}

/** What the browser shows, or where it was sent outside the clinic. */
export interface View {
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
  readonly forms: readonly Form[];
  /** The redirect that left the entrance's origin. */
  readonly left: URL | undefined;
}

/** A browser without script: cookies, redirects and forms. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  readonly #entrance: Entrance;
  readonly #headers: Record<string, string>;

  constructor(entrance: Entrance, headers: Record<string, string> = {}) {
    this.#entrance = entrance;
    this.#headers = headers;
  }

  get(url: string): Promise<View> {
    return this.send(url, { method: 'GET' });
  }

  /** Submits a form with its hidden fields and these; a field that is `undefined` is left out. */
  submit(
    view: View,
    values: Record<string, string | string[] | undefined> = {},
    form = view.forms[0],
  ): Promise<View> {
    if (!form) throw new Error(`no form at ${view.url}: ${view.text.slice(0, 500)}`);
    const body = new URLSearchParams();
    for (const [name, value] of form.fields) if (!(name in values)) body.append(name, value);
    for (const [name, value] of Object.entries(values))
      for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value])
        body.append(name, one);
    return this.post(new URL(form.action, view.url).href, body);
  }

  post(url: string, body: URLSearchParams, headers: Record<string, string> = {}): Promise<View> {
    return this.send(url, {
      method: 'POST',
      body: body.toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: this.#entrance.url,
        ...headers,
      },
    });
  }

  async send(
    url: string,
    init: { method: string; body?: string; headers?: Record<string, string> },
  ): Promise<View> {
    const at = new URL(url, this.#entrance.url);
    if (at.origin !== this.#entrance.url) return leftFor(at);
    const cookie = this.#cookiesFor(at.pathname);
    const headers = { accept: 'text/html', ...this.#headers, ...init.headers, ...(cookie ? { cookie } : {}) };
    const response = await this.#entrance.fetch(at.href, { ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = response.headers.get('location');
    if (location !== null && response.status >= 300) {
      await response.text();
      return this.send(new URL(location, at).href, { method: 'GET' });
    }
    const text = await response.text();
    const shown = { status: response.status, url: at.href, headers: response.headers, text };
    return { ...shown, forms: formsIn(text), left: undefined };
  }

  #cookiesFor(path: string): string {
    const fits = [...this.cookies].filter(([, cookie]) => path.startsWith(cookie.path));
    return fits.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
    const expires = attributes.find((part) => /^expires=/i.test(part))?.slice(8);
    const isOver = value === '' || (expires !== undefined && new Date(expires) < new Date());
    if (isOver) this.cookies.delete(name);
    else this.cookies.set(name, { value, path });
  }
}

function leftFor(url: URL): View {
  return { status: 303, url: url.href, headers: new Headers(), text: '', forms: [], left: url };
}

function formsIn(text: string): Form[] {
  const found = text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g);
  return [...found].map(([, attributes = '', inner = '']) => ({
    action: unescaped(/action="([^"]*)"/.exec(attributes)?.[1] ?? ''),
    fields: [...inner.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = '']) => fieldOf(input)),
    text: inner,
  }));
}

function fieldOf(input: string): [string, string][] {
  const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1];
  const name = attribute('name');
  const type = attribute('type') ?? 'text';
  if (name === undefined || (/checkbox|radio/.test(type) && !/\bchecked\b/.test(input))) return [];
  return [[unescaped(name), unescaped(attribute('value') ?? '')]];
}

function unescaped(text: string): string {
  const known: Record<string, string> = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
  };
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => known[entity] ?? entity);
}
