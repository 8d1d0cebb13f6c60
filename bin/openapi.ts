/** `npm run openapi`: prints the API's description, which the API serves at `/openapi.json`. */
import { openApi } from '../lib/http/openapi.ts';

console.log(JSON.stringify(openApi(), null, 2));
