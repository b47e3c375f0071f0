import { fileURLToPath } from 'node:url';

/** Every history here has to replay. */
export const historiesDir = fileURLToPath(new URL('./histories/', import.meta.url));

/** And none of these: they show that a replay can fail. */
export const refusedDir = fileURLToPath(new URL('./histories/refused/', import.meta.url));
