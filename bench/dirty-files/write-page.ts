import { writeFileSync } from 'node:fs';

import { dirtyFilesPage } from './page.ts';

writeFileSync(new URL('../../docs/dirty-files.md', import.meta.url), dirtyFilesPage());
