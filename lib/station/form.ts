/** HTML form bodies (`application/x-www-form-urlencoded`): the fields of native JSON, as a browser or old firmware sends them. */
import { codingFault, decodeUtf8 } from './body.ts';
import { type Fault, fault, type Read } from './fault.ts';

/** The fields of a form, as `readFields` takes them. One that stands there twice is refused: two readers could take different ones. */
export function readForm(body: Uint8Array): Read<Record<string, unknown>> {
  const decoded = decodeUtf8(body);
  if (decoded === undefined) return fault('body', 'must be a form in UTF-8');
  // What curl sends where nobody says what it is.
  if (/^\s*[{[<]/.test(decoded)) return fault('content-type', 'says a form, but the body is none: say what it is');
  const fields = new Map<string, string>();
  const faults: Fault[] = [];
  for (const pair of decoded.split('&').filter((pair) => pair !== '')) {
    const parts = pair.split('=').map(decodePart);
    if (parts.includes(undefined)) return fault('body', 'must be a form in UTF-8, percent-encoded');
    const [name = '', ...value] = parts;
    if (fields.has(name)) faults.push({ field: name.slice(0, 100), detail: 'stands there more than once' });
    fields.set(name, value.join('='));
  }
  // A browser tells by it in which charset it has encoded the rest.
  const charset = fields.get('_charset_');
  const header = (name: string) => (name === 'content-type' ? `;charset=${charset}` : undefined);
  const coded = charset === undefined ? undefined : codingFault({ header, body });
  if (coded !== undefined) faults.push({ ...coded, field: '_charset_' });
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, value: Object.fromEntries([...fields].map(([name, value]) => [name, typed(name, value)])) };
}

/** A text of a form or of XML, as the type that the field has in JSON. */
export const typed = (field: string, text: string): string | boolean =>
  field !== 'takeOver' ? text : /^(?:true|on|1)$/i.test(text) ? true : /^(?:false|off|0)$/i.test(text) ? false : text;

/** Nothing of what is wrong is let pass: two names with different bytes must never become the same user. */
function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
