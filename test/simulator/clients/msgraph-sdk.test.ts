import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { SimulatedSharePoint } from '../../sharepoint/simulated-sharepoint.ts';
import { execute } from '../../support/charlie.ts';
import { unlessMissing } from './optional-tool.ts';
import { pythonPackages } from './python-packages.ts';

const lock = fileURLToPath(new URL('msgraph-sdk.lock.txt', import.meta.url));
const script = fileURLToPath(new URL('graph_client.py', import.meta.url));
const packages = await unlessMissing("Microsoft's Graph client for Python", () => pythonPackages(lock));

interface Item {
  readonly id: string;
  readonly name: string | null;
  readonly size: number;
  readonly hash: string | null;
  readonly deleted: boolean;
}

/** What graph_client.py says. */
interface Findings {
  readonly site: string;
  readonly libraries: readonly (readonly [name: string, type: string, url: string])[];
  readonly listing: readonly (readonly Item[])[];
  readonly firstRound: readonly (readonly Item[])[];
  readonly content: string;
  readonly removed: string;
  readonly uploaded: Item;
  readonly secondRound: readonly (readonly Item[])[];
  readonly missing: unknown;
  readonly stranger: string;
}

const oddName = "Zürich 100% #1 it's.csv";

async function findingsIn(sharepoint: SimulatedSharePoint): Promise<Findings> {
  const { connection } = sharepoint.simulator;
  const { exitCode, stdout, stderr } = await execute('python3', [script], {
    cwd: sharepoint.folder,
    env: {
      CONNECTION: JSON.stringify({ ...connection, oddName }),
      PYTHONPATH: packages ?? '',
      // One for Graph, one for the sign-in.
      SSL_CERT_FILE: connection.caFile,
      REQUESTS_CA_BUNDLE: connection.caFile,
    },
  });
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Findings;
}

describe.runIf(packages !== null)("Microsoft's Graph client for Python", () => {
  test('finds the library, lists, reads, uploads, deletes, follows the changes, and is refused as by Microsoft', async () => {
    await using sharepoint = await SimulatedSharePoint.start();
    const { library } = sharepoint.simulator;
    library.put(oddName, 'id\n1\n');
    for (let number = 0; number < 11; number++) library.put(`sales ${number}.csv`, `id\n${number}\n`);
    const files = library.list().map(({ id, path, size, quickXorHash }) => ({
      ...{ id, name: path, size, hash: quickXorHash, deleted: false },
    }));

    const found = await findingsIn(sharepoint);

    const { siteUrl } = sharepoint.simulator.connection;
    expect(found.libraries).toEqual([['Documents', 'documentLibrary', `${siteUrl}/Shared%20Documents`]]);
    expect(found.listing.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(found.listing.flat()).toEqual(files);
    expect(Buffer.from(found.content, 'base64').toString()).toBe('id\n1\n');

    expect(found.firstRound.length).toBeGreaterThan(2);
    const ids = new Set(found.firstRound.flat().map(({ id }) => id));
    expect(files.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(library.read('uploaded.csv').toString()).toBe('a,b\n1,2\n');
    const changed = found.secondRound.flat().filter(({ name }) => name !== 'Reports');
    expect(changed).toEqual([
      expect.objectContaining({ id: found.uploaded.id, name: 'uploaded.csv', size: 8, deleted: false }),
      expect.objectContaining({ id: found.removed, name: null, deleted: true }),
    ]);
    expect(library.list().map(({ id }) => id)).not.toContain(found.removed);

    expect(found.missing).toEqual({ status: 404, code: 'itemNotFound' });
    expect(found.stranger).toContain('AADSTS7000215');
    const contents = sharepoint.simulator.requests.filter(({ url }) => url.includes('download.aspx'));
    expect(contents.map(({ status, authorized }) => [status, authorized])).toEqual([[200, false]]);
  });
});
