import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { failpointVariable } from '../failpoints.ts';
import { errorCode } from './error-code.ts';
import type { Given, Layer, Reader } from './given.ts';
import { nearest } from './nearest.ts';
import type { Origin, Problem } from './problem.ts';
import { allKeys } from './setting-keys.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that are no settings. */
const otherVariables = ['CHARLIE_CONFIG', 'CHARLIE_SCHEDULES', 'CHARLIE_TEMPORAL_BINARY', failpointVariable];

/** Kubernetes gives these to every pod beside a service that is called "charlie". */
const serviceVariable = /^CHARLIE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_\w+)?)$/;

const keyByVariable = new Map(allKeys.map((key) => [key.variable, key]));
const fileSuffix = '_FILE';

/**
 * The settings among the variables of one place, the process or `.env`; `originOf` says where a variable was given.
 * An empty variable counts as not given.
 */
export function readVariables(
  variables: Variables,
  originOf: (variable: string) => Origin,
  reader: Reader,
): Layer {
  const layer = new Map<string, Given>();
  const names = Object.keys(variables).filter(
    (name) => name.startsWith('CHARLIE_') && (variables[name] ?? '') !== '',
  );
  for (const name of names.sort()) {
    const text = variables[name] ?? '';
    const key = keyByVariable.get(name);
    const fileKey = name.endsWith(fileSuffix)
      ? keyByVariable.get(name.slice(0, -fileSuffix.length))
      : undefined;
    if (key !== undefined) {
      layer.set(key.dotted, { value: text, isText: true, origin: originOf(name) });
    } else if (fileKey === undefined) {
      reader.problems.push(...unknownVariable(name, originOf(name)));
    } else if (layer.has(fileKey.dotted)) {
      reader.problems.push(givenTwice(fileKey.dotted, name, originOf(name)));
    } else {
      layer.set(fileKey.dotted, readValueFile(fileKey.dotted, text, originOf(name), reader));
    }
  }
  return layer;
}

function unknownVariable(name: string, origin: Origin): Problem[] {
  if (otherVariables.includes(name) || serviceVariable.test(name)) return [];
  if (name.startsWith('CHARLIE_DATASETS_')) {
    const message = 'cannot be set here: datasets are described in the settings file alone';
    return [{ ...origin, key: null, message, accepted: null, suggestion: null }];
  }
  const known = [...keyByVariable.keys()];
  const suggestion = nearest(name, [...known, ...known.map((each) => each + fileSuffix), ...otherVariables]);
  const accepted =
    'CHARLIE_SECTION__KEY, or CHARLIE_SECTION__KEY_FILE for the name of a file that holds the value';
  return [{ ...origin, key: null, message: 'is not a known variable', accepted, suggestion }];
}

function givenTwice(key: string, name: string, origin: Origin): Problem {
  const plain = name.slice(0, -fileSuffix.length);
  const message = `is given twice, by ${plain} and by ${name}`;
  return { ...origin, key, message, accepted: 'one of the two', suggestion: null };
}

function readValueFile(key: string, written: string, origin: Origin, reader: Reader): Given {
  const file = resolve(reader.base, written);
  const accepted = 'the name of a file that holds the value alone';
  try {
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (value !== '') return { value, isText: true, origin };
    reader.problems.push({
      ...origin,
      key,
      message: `names ${file}, which is empty`,
      accepted,
      suggestion: null,
    });
  } catch (error) {
    const message = `names ${file}, which cannot be read (${errorCode(error)})`;
    reader.problems.push({ ...origin, key, message, accepted, suggestion: null });
  }
  return { value: undefined, isText: true, origin };
}
