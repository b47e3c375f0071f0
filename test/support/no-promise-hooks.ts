import v8 from 'node:v8';

/**
 * In debug mode, by which workflows run without threads, the SDK notes where each promise of the process was made and settled, also those of
 * no workflow, for stack traces that no test asks for. That takes a twelfth of all processor time.
 */
v8.promiseHooks.createHook = () => () => undefined as never;
