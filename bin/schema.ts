/** `npm run schema`: writes the realms file's JSON Schema anew. Run it when a field of a policy changes. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { realmsSchema } from '../lib/command/realms-schema.ts';

writeFileSync(
  fileURLToPath(new URL('../realms.schema.json', import.meta.url)),
  `${JSON.stringify(realmsSchema(), null, 2)}\n`,
);
