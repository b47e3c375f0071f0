import { fileURLToPath } from 'node:url';

/** A folder for each generation of the code that recorded them, by number. Every history in them has to replay. */
export const historiesDir = fileURLToPath(new URL('./histories/', import.meta.url));

/** None of these may: they show that a replay can fail. */
export const refusedDir = fileURLToPath(new URL('./histories/refused/', import.meta.url));
