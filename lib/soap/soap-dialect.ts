/** SOAP as a dialect: by the mapping that a station is registered with. Loaded by the first delivery of XML: most stations speak JSON. */
import { present } from '../present.ts';
import { ANY_CASE, isUserOf } from '../session/user-key.ts';
import { contentTypeOf } from '../station/body.ts';
import { type Dialect, typeIn } from '../station/delivery.ts';
import { type Fault, fault } from '../station/fault.ts';
import type { Said } from '../station/message.ts';
import type { Mapping, MappingCase, Mappings } from './dialect-text.ts';
import { dialectCalled } from './shipped-dialects.ts';
import { type Call, readCall, readSaid, type SoapVersion } from './soap.ts';
import { soapAnswer } from './soap-answer.ts';

export function soapOf(contentType: string, name: string, mappings: Mappings): Dialect | Fault {
  const mapping = dialectCalled(name, mappings);
  if (mapping === undefined) {
    return {
      field: 'dialect',
      detail: `of this station is "${name}", which is neither shipped nor in the realms file`,
    };
  }
  return soap(name, mapping, contentType === 'application/soap+xml' ? '1.2' : '1.1');
}

/** Some accounts are the machine's own; and a job that names nobody is not for that of whoever is at the panel. */
function isOfNobody({ user, session }: Said, { about }: MappingCase, { nobody = [] }: Mapping): boolean {
  if (user === undefined) return about === 'job' && session === undefined;
  return nobody.some((account) => isUserOf(account, user, ANY_CASE));
}

/**
 * For one delivery: the answer depends on what was asked.
 *
 * @param sentAs which version to answer in where the message itself cannot be read
 */
export function soap(name: string, mapping: Mapping, sentAs: SoapVersion): Dialect {
  let call: Call | undefined;
  let user: string | undefined;
  return {
    name,
    read(delivery) {
      const found = readCall(delivery.body, mapping, { isCharsetSaid: contentTypeOf(delivery).charsets.length > 0 });
      if (!found.ok) return found;
      call = found.value;
      const { event, refuse } = call.meant;
      if (refuse !== undefined) return fault(call.operation.name, `is refused: ${refuse}`);
      if (event === undefined) return { ok: true, value: undefined };
      const said = readSaid(call, event, typeIn(delivery));
      if (!said.ok) return said;
      user = said.value.user;
      return isOfNobody(said.value, call.meant, mapping) ? { ok: true, value: undefined } : said;
    },
    answer: (native) => soapAnswer(native, { mapping, version: call?.version ?? sentAs, ...present({ call, user }) }),
  };
}
