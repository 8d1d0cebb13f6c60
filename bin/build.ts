/** `npm run build`: makes `dist`, all that ships. `npm pack` does so first; `cdk deploy` in a clone makes the functions itself. */
import { buildPackage } from '../lib/build/package.ts';

await buildPackage();
