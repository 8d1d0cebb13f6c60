/** Whether an answer is one that the API's description has, by a reader of JSON Schema that did not write it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { openApi } from '../../lib/http/openapi.ts';
import { fromRfc3339 } from '../../lib/time.ts';
import type { Reply } from './edge.ts';

// biome-ignore lint/suspicious/noExplicitAny: read as a document, whatever its parts
type Document = any;

/** Strict where the document is not: a field that it does not name is none that we meant to show. */
function closed(schema: Document): Document {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return inner.type === 'object' && inner.properties !== undefined && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

export function readDescription() {
  const document: Document = openApi('1.2.3+test');
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    allowUnionTypes: true,
    formats: { 'date-time': (text: string) => fromRfc3339(text) !== undefined, password: true },
  });
  ajv.addKeyword('components');
  ajv.addSchema({ $id: 'curfew:', components: { schemas: closed(document.components.schemas) } });
  const validators = new Map<string, ValidateFunction>();

  /** @param url of the request: a route for events is described as one path for each */
  function describedPath(path: string, url: string): string {
    const event = url.split('?')[0]?.split('/').at(-1) ?? '';
    const described = path.replace('{event}', event);
    return described in document.paths ? described : path.replace('{event}', 'events');
  }

  /** What of this answer the description does not say. */
  function deviations(
    { route, url }: { route: string; url: string },
    { status, headers, text, body }: Reply,
  ): string[] {
    const [method = '', path = ''] = route.split(' ');
    const answer = document.paths[describedPath(path, url)]?.[method.toLowerCase()]?.responses[status];
    if (answer === undefined) return [`${route} answers ${status}`];
    const type = headers['content-type']?.split(';')[0];
    // What is said in XML is answered in XML, which no schema describes: docs/dialects.md does.
    if (path.endsWith('/{event}') && /\bxml$/.test(type ?? ''))
      return XML.includes(status) ? [] : [`${route} ${status} is XML`];
    if (answer.content === undefined) return text === '' ? [] : [`${route} ${status} has a body`];
    const schema = answer.content[type ?? '']?.schema;
    if (schema === undefined) return [`${route} ${status} is of type ${type}`];
    const missing = Object.keys(answer.headers ?? {}).filter(
      (name) => REQUIRED.has(`${status} ${name}`) && headers[name.toLowerCase()] === undefined,
    );
    const key = `${describedPath(path, url)} ${method} ${status} ${type}`;
    const validate =
      validators.get(key) ?? ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"curfew:#/')));
    validators.set(key, validate);
    const faults = validate(type?.endsWith('json') === true ? body : text) ? [] : (validate.errors ?? []);
    return [
      ...missing.map((name) => `${route} ${status} has no ${name}`),
      ...faults.map(
        ({ instancePath, message, params }) =>
          `${route} ${status}${instancePath} ${message} ${JSON.stringify(params)}: ${text.slice(0, 400)}`,
      ),
    ];
  }

  return { document, deviations };
}

/** Where a station that speaks SOAP is answered in it: what was understood, and Faults. */
const XML = [200, 201, 400, 500];

/** API Gateway’s own answers have none; those of the functions always do. */
const REQUIRED = new Set(['401 WWW-Authenticate', '409 Retry-After', '503 Retry-After']);
