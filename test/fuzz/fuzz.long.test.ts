/** Two hundred thousand requests. */
import { holdsOf } from './requests.ts';

holdsOf(200_000);
