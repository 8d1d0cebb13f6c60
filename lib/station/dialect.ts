/** The ways in which stations speak, and are answered. */
import type { Delivery } from './delivery.ts';
import type { Said } from './message.ts';
import { type EventType, isEventType, type Read, readNative } from './message.ts';

export interface Dialect {
  readonly name: string;
  /** What the delivery says, field by field; whether it may be said is not looked at here. */
  read(delivery: Delivery): Read<Said>;
  /** The API's own answer in the words of the dialect. */
  answer(native: Response): Response | Promise<Response>;
}

const typeIn = ({ event }: Delivery): EventType | undefined => (isEventType(event) ? event : undefined);

/** JSON, as docs/api.md has it. */
export const native: Dialect = {
  name: 'json',
  read: (delivery) => readNative(delivery.body, typeIn(delivery)),
  answer: (response) => response,
};
