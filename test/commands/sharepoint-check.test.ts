import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { type AccessCheck, checkAccess } from '../../src/commands/check-access.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import type { SharePointConnection } from '../../src/sharepoint/gateway.ts';
import { connectionVariables } from '../../src/simulator/connection-variables.ts';
import { SimulatedSharePoint } from '../sharepoint/simulated-sharepoint.ts';
import { charlie } from '../support/charlie.ts';

const sitePath = 'sites/ContactCentre';

let sharepoint: SimulatedSharePoint;
let env: Record<string, string>;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  env = connectionVariables(sharepoint.simulator.connection);
  sharepoint.simulator.library.put('large.csv', 'a,b\n1,2\n');
  sharepoint.simulator.library.put('below/small.csv', 'a\n');
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

beforeEach(() => {
  sharepoint.simulator.app.roles = ['Sites.Selected'];
  sharepoint.simulator.app.grants.set(sitePath, 'write');
  sharepoint.simulator.faults.clear();
});

async function check(other: Partial<SharePointConnection> = {}): Promise<AccessCheck[]> {
  const { settings } = loadSettings({ cwd: sharepoint.folder, env });
  return await checkAccess(sharepoint.gateway(other), settings, () => undefined);
}

/** `Sign-in +`, `Site -`, `Library ?` for a step that is in order, failed, or was not tried. */
function marks(checks: readonly AccessCheck[]): string {
  return checks.map(({ name, ok }) => `${name} ${ok === null ? '?' : ok ? '+' : '-'}`).join(', ');
}

test('The command walks to a test read, and prints each step', async () => {
  const text = await charlie(['sharepoint', 'check'], { cwd: sharepoint.folder, env });
  expect(text.stderr).toBe('');
  expect(text.exitCode).toBe(0);
  const { clientId, clientSecret, siteUrl } = sharepoint.simulator.connection;
  expect(text.stdout.split('\n')).toEqual([
    expect.stringMatching(
      `^  ✔ Sign-in   by secret, application ${clientId}, permissions: Sites.Selected, token until \\d\\d:\\d\\d UTC$`,
    ),
    `  ✔ Site      ${siteUrl}`,
    '  ✔ Library   "Documents", at "Shared Documents"',
    expect.stringContaining(
      '  ✔ Folder    https://contoso.sharepoint.com/sites/ContactCentre/Shared%20Documents/Reports',
    ),
    '  ✔ Listing   2 files',
    '  ✔ Read      below/small.csv, 2 bytes, its hash is right',
    '',
  ]);
  expect(text.stdout).not.toContain(clientSecret);
});

test('The command ends with the exit code of the step that failed, also in JSON', async () => {
  const wrong = { ...env, CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: '/Documents/Missing' };
  const args = ['sharepoint', 'check', '--output', 'json'];
  const { stdout, stderr, exitCode } = await charlie(args, { cwd: sharepoint.folder, env: wrong });
  expect(exitCode).toBe(5);
  expect(stderr).toContain('Not in order: Folder.');
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'Sign-in', ok: true },
    { name: 'Site', ok: true },
    { name: 'Library', ok: true },
    { name: 'Folder', ok: false, detail: expect.stringContaining('There is no folder') as string },
    { name: 'Listing', ok: null, detail: 'not tried' },
    { name: 'Read', ok: null },
  ]);
});

test('Without consent it says that the token carries no permission', async () => {
  sharepoint.simulator.app.roles = [];
  const checks = await check();
  expect(marks(checks)).toBe('Sign-in +, Site -, Library ?, Folder ?, Listing ?, Read ?');
  expect(checks[0]?.detail).toContain('permissions: none');
  expect(checks[1]?.remedy).toMatch(/carries no permission.*Sites\.Selected, and grant admin consent/);
});

test('Without a grant it says that the site has none, and how to give it to this application', async () => {
  sharepoint.simulator.app.grants.delete(sitePath);
  const [, site] = await check();
  expect(site).toMatchObject({ name: 'Site', ok: false });
  expect(site?.remedy).toMatch(/has Sites\.Selected; what is missing is the grant of this site/);
  expect(site?.remedy).toContain(`"application":{"id":"${sharepoint.simulator.connection.clientId}"}`);
});

test('With another permission it names that, and the one to add', async () => {
  sharepoint.simulator.app.roles = ['User.Read.All'];
  const [, site] = await check();
  expect(site?.remedy).toMatch(/has User\.Read\.All alone, which opens no site\..*add Sites\.Selected/);
});

test.each([
  ['Library', { folder: '/Nothing' }, /named "Nothing"\. It has: "Documents", "Shared Documents"/],
  [
    'Library',
    { folder: 'https://contoso.sharepoint.com/sites/ContactCentre/Docs/Reports' },
    /named "Docs"\. It has: "Documents", "Shared Documents"/,
  ],
  ['Site', { siteUrl: 'https://contoso.sharepoint.com/sites/Nowhere' }, /no SharePoint site/],
])('It stops at the %s that is not there', async (step, other, detail) => {
  const checks = await check(other);
  const failed = checks.find(({ ok }) => ok === false);
  expect(failed).toMatchObject({ name: step, remedy: null });
  expect(failed?.detail).toMatch(detail);
  expect(checks).toHaveLength(6);
});

test.each([
  ['Listing', /GET .*children/, 'Sign-in +, Site +, Library +, Folder +, Listing -, Read ?'],
  ['Read', /download\.aspx/, 'Sign-in +, Site +, Library +, Folder +, Listing +, Read -'],
])('It says when the %s fails', async (_, match, expected) => {
  sharepoint.simulator.faults.failNext({ match, status: 403, times: 2 });
  expect(marks(await check())).toBe(expected);
});

test('A folder without files is in order, with nothing to read yet', async () => {
  sharepoint.simulator.library.put('empty/a.csv', 'a\n');
  sharepoint.simulator.library.remove('empty/a.csv');
  const checks = await check({ folder: '/Documents/Reports/empty' });
  expect(marks(checks)).toBe('Sign-in +, Site +, Library +, Folder +, Listing +, Read ?');
});

test('Where reports go to SharePoint it writes a file there and deletes it, or says that the role to write is missing', async () => {
  sharepoint.simulator.library.put('Published/old.txt', 'x');
  const writing = { ...env, CHARLIE_REPORTS__SHAREPOINT_FOLDER: '/Documents/Reports/Published' };
  const { settings } = loadSettings({ cwd: sharepoint.folder, env: writing });
  const walk = () => checkAccess(sharepoint.gateway(), settings, () => undefined);

  const able = await walk();
  expect(able.at(-1)).toMatchObject({ name: 'Write', ok: true });
  expect(able.at(-1)?.detail).toMatch(/^charlie-check-\w+\.txt to .*\/Published, and deleted it$/);
  expect(sharepoint.simulator.library.list().map(({ path }) => path)).not.toContainEqual(
    expect.stringContaining('charlie-check'),
  );

  sharepoint.simulator.app.grants.set(sitePath, 'read');
  const unable = await walk();
  expect(marks(unable)).toBe('Sign-in +, Site +, Library +, Folder +, Listing +, Read +, Write -');
  expect(unable.at(-1)?.detail).toContain('the role "write"');
  sharepoint.simulator.library.remove('Published');
});
