/**
 * HTML that nobody breaks out of: whatever stands in a template is escaped unless a template made it. What the console
 * shows was written by stations and users.
 */
import { raw, html as tagged } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { printable } from '../printable.ts';

export type Markup = HtmlEscapedString;

/** Nothing is shown of what is absent or false. */
type Content = Markup | string | number | undefined | false | readonly Content[];

/** Nothing of ours is awaited inside a template, so it comes at once. */
export const html = (texts: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  tagged(texts, ...contents) as Markup;

/** A name that somebody else wrote, in a direction of its own, and unable to leave it: it turns nothing round that stands beside it. */
export const theirs = (name: string): Markup => html`<bdi>${printable(name)}</bdi>`;

/** The same where no element can stand: first strong isolate, and its end. */
export const isolated = (name: string): string => `\u2068${printable(name)}\u2069`;

export interface Button {
  readonly id: string;
  readonly label: string;
  /** What stands on it. @default its label */
  readonly face?: Markup;
  /** In full what it shortens. */
  readonly title?: string;
  /** It leads to where its viewer is. */
  readonly isCurrent?: boolean;
  /** What it is about, for those who do not see what it stands beside. */
  readonly about?: string;
  /** The ARN of the function that it calls. */
  readonly endpoint: string;
  /** What that is told. */
  readonly says: object;
  readonly look?: 'primary' | 'danger' | 'link' | 'tab';
}

/** CloudWatch makes the element before a `cwdb-action` its button; what the function answers takes the widget's place. */
export const button = ({ id, label, face, title, isCurrent, about, endpoint, says, look }: Button): Markup =>
  html`<button type="button" class="btn${look === undefined ? '' : ` btn-${look}`}" id="${id}"${[
    about !== undefined && html` aria-label="${label} ${about}"`,
    title !== undefined && html` title="${title}"`,
    isCurrent === true && html` aria-current="page"`,
  ]}>${face ?? label}</button><cwdb-action action="call" display="widget" endpoint="${endpoint}">${parameters(says)}</cwdb-action>`;

/** JSON without a character that HTML reads as its own: taken out again as text or as markup, it is the same. */
const parameters = (says: object): Markup =>
  raw(JSON.stringify(says).replace(/[<>&]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`));

/** A style sheet of ours: the only text that stands in HTML as it is. Nothing of it may come from outside. */
export const styleSheet = (css: string): Markup => html`<style>${raw(css)}</style>`;
