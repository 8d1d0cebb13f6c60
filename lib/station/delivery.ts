import type { Answer } from '../answer.ts';
import type { EventType } from '../session/word.ts';
import type { Read } from './fault.ts';
import { isEventType, type Said } from './message.ts';

/** A request of a station as it came: its bytes, for a signature covers them. Nothing of it is trusted. */
export interface Delivery {
  /** The station that the path names: whose key it brings. */
  readonly station: string;
  /** What the path says has happened: an event's type, or `events` where the body says it. */
  readonly event: string;
  /** A key that stands in the path: for firmware that can be given a URL and nothing else. */
  readonly urlKey?: string;
  /** The client's certificate (PEM), where the domain asks for one. */
  readonly certificate?: string;
  /** By its name, whatever its case. */
  readonly header: (name: string) => string | undefined;
  /** In lower case. @default what is asked for is all that there is */
  readonly headerNames?: readonly string[];
  /** As it stands in the address, where nothing of ours belongs. @default it is empty */
  readonly query?: string;
  readonly body: Uint8Array;
}

/** The type that the path says; `undefined` where the body is to say it. */
export const typeIn = ({ event }: Delivery): EventType | undefined => (isEventType(event) ? event : undefined);

/** A way in which stations speak, and are answered. */
export interface Dialect {
  readonly name: string;
  /**
   * What the delivery says, field by field; whether it may be said is not looked at here. `undefined` where it is in order
   * and says that nothing has happened, as a handshake does: then there is only an answer to give.
   */
  read(delivery: Delivery): Read<Said | undefined>;
  /** The API's own answer in the words of the dialect. */
  answer(native: Answer): Answer;
}
