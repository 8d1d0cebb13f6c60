/** A pretend printer: a panel, and an endpoint for whoever may clear it. All that it knows is where its gateway is. */
import { Hono } from 'hono';
import { type Served, serve } from '../serve.ts';
import type { Told } from './gateway.ts';

export class Printer {
  readonly id: string;
  /** Where the gateway calls it. */
  readonly url: string;
  /** What its panel shows. */
  panel = '';
  /** Who is logged in, as far as it knows. */
  user: string | undefined;
  #gateway = '';
  readonly #app: Hono;
  #served: Served;

  private constructor(id: string, app: Hono, served: Served) {
    this.id = id;
    this.url = served.url;
    this.#app = app;
    this.#served = served;
  }

  static async start(id: string): Promise<Printer> {
    const app = new Hono();
    const printer = new Printer(id, app, await serve(app, 0));
    app.get('/status', (c) => c.json({ user: printer.user }));
    app.post('/force-logout', async (c) => {
      const { user, text } = await c.req.json<{ user: string; text: string }>();
      if (printer.user === user) printer.#clear(text);
      return c.json({});
    });
    return printer;
  }

  attach(gateway: string): void {
    this.#gateway = gateway;
  }

  async logIn(user: string, options: { readonly takeOver?: true } = {}): Promise<Told> {
    const told = await this.#tell<Told>('login', { user, ...options });
    this.user = told.isIn ? user : undefined;
    this.panel = told.text;
    return told;
  }

  async logOut(): Promise<void> {
    this.#clear('Please log in.');
    await this.#tell('logout', {});
  }

  /** It says nothing any more, and nothing reaches it. */
  crash(): void {
    this.#served.close();
    this.panel = '';
  }

  /** It is back, and knows nothing of who was there. */
  async restart(): Promise<void> {
    this.#served = await serve(this.#app, Number(new URL(this.url).port));
    this.#clear('Please log in.');
    await this.#tell('boot', {});
  }

  async #tell<T>(event: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.#gateway}/printers/${this.id}/${event}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }

  #clear(text: string): void {
    this.user = undefined;
    this.panel = text;
  }
}
