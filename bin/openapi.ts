/** `npm run openapi`: prints the API's description, which the API serves at `/openapi.json`. */
import { openApi } from '../lib/http/openapi.ts';
import { version } from '../lib/version.ts';

console.log(JSON.stringify(openApi(version()), null, 2));
