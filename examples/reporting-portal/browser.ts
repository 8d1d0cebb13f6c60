/** As much of a browser as the walk needs: it keeps cookies, follows redirects and reads what a page says. */
export interface Page {
  readonly status: number;
  readonly path: string;
  readonly text: string;
  /** What it says once, on coming back; empty where it says nothing. */
  readonly news: string;
  /** Why it asks to log in; empty where it does not say. */
  readonly problem: string;
  /** The deadlines that it says have passed. */
  readonly passed: readonly string[];
  /** What stands in the field that the application keeps. */
  readonly draft: string;
}

export class Browser {
  readonly #cookies = new Map<string, string>();

  /** `undefined` where it has none of this name. */
  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  give(name: string, value: string | undefined): void {
    if (value !== undefined) this.#cookies.set(name, value);
  }

  get(url: string): Promise<Page> {
    return this.#ask(url, { method: 'GET' });
  }

  post(url: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.#ask(url, { method: 'POST', body: new URLSearchParams(fields) });
  }

  async #ask(url: string, request: RequestInit): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { origin, pathname } = new URL(url);
    const response = await fetch(url, { ...request, redirect: 'manual', headers: { cookie, origin } });
    for (const header of response.headers.getSetCookie()) this.#keep(header);
    const location = response.headers.get('location');
    if (location !== null) return this.get(new URL(location, url).href);
    return pageOf(response.status, pathname, await response.text());
  }

  #keep(header: string): void {
    const [pair = '', ...attributes] = header.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

function pageOf(status: number, path: string, html: string): Page {
  const found = (pattern: RegExp) => plain(pattern.exec(html)?.[1] ?? '');
  return {
    status,
    path,
    text: plain(html),
    news: found(/<p class="news"[^>]*>(.*?)<\/p>/s),
    problem: found(/<div class="problem"[^>]*>(.*?)<\/div>/s),
    passed: [...html.matchAll(/<th>([\w-]+)<\/th><td>/g)].map(([, deadline]) => deadline ?? ''),
    draft: found(/<textarea name="draft"[^>]*>(.*?)<\/textarea>/s) || found(/<input name="draft" value="(.*?)"/s),
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&\w+;|&#39;/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/\s+/g, ' ')
    .trim();
