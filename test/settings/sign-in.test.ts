import { join } from 'node:path';

import { expect, test } from 'vitest';

import { configuredGateway } from '../../src/sharepoint/configured-gateway.ts';
import { load, loadToml, problemsOf, problemsOfToml } from './settings-folder.ts';

const place = `sharepoint_site_url = "https://t.sharepoint.com/sites/S"
sharepoint_folder = "/Docs"
`;
const ids = 'client_id = "c"\ntenant_id = "t"\n';

test.each([
  ['client_secret = "s"', '', 'secret'],
  ['', 'client_certificate_file = "client.pem"', 'certificate'],
  ['', 'federated_token_file = "token"', 'workload_identity'],
  ['client_secret = "s"', 'sign_in = "certificate"\nclient_certificate_file = "client.pem"', 'certificate'],
  ['client_secret = "s"', 'sign_in = "managed_identity"', 'managed_identity'],
])('With %j and %j the sign-in is by %3$s', (scheduler, sharepoint, method) => {
  const { settings } = loadToml(`[scheduler]\n${place}${ids}${scheduler}\n[sharepoint]\n${sharepoint}\n`);
  expect(settings.sharepoint.signIn).toBe(method);
  expect(configuredGateway(settings)).not.toBeNull();
});

test('A managed identity needs neither tenant nor client id', () => {
  const { settings } = loadToml(`[scheduler]\n${place}[sharepoint]\nsign_in = "managed_identity"\n`);
  expect(configuredGateway(settings)).not.toBeNull();
});

test.each([
  ['certificate', 'sharepoint.client_certificate_file'],
  ['workload_identity', 'sharepoint.federated_token_file'],
  ['secret', 'scheduler.client_secret'],
])('A chosen sign-in by %s needs %s', (method, key) => {
  const toml = `[scheduler]\n${place}${ids}[sharepoint]\nsign_in = "${method}"\n`;
  expect(problemsOfToml(toml)).toMatchObject([
    { key, message: expect.stringContaining('sharepoint.sign_in is') as string },
  ]);
});

test('Two proofs of one application are refused until one is chosen', () => {
  const toml = `[scheduler]\n${place}${ids}client_secret = "CANARY"\n[sharepoint]\nclient_certificate_file = "a.pem"\n`;
  const [problem, ...others] = problemsOfToml(toml);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ key: 'sharepoint.sign_in', accepted: '"secret" or "certificate"' });
  expect(JSON.stringify(problem)).not.toContain('CANARY');
  expect(problemsOfToml(`${toml}sign_in = "secret"\n`)).toEqual([]);
});

test('A sign-in without a site is refused, also beside a local stack that has one', () => {
  expect(problemsOfToml('[sharepoint]\nsign_in = "managed_identity"\n')).toMatchObject([
    { key: 'scheduler.sharepoint_site_url', line: 2 },
  ]);
});

test("The variables of Azure's workload identity count when it is chosen, below what is set here", () => {
  const azure = {
    AZURE_TENANT_ID: 'azure-tenant',
    AZURE_CLIENT_ID: 'azure-client',
    AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
  };
  const chosen = `[scheduler]\n${place}tenant_id = "mine"\n[sharepoint]\nsign_in = "workload_identity"\n`;
  const { settings, origins } = load({ 'settings.toml': chosen }, azure);
  expect(settings.scheduler).toMatchObject({ tenantId: 'mine', clientId: 'azure-client' });
  expect(settings.sharepoint.federatedTokenFile).toBe(azure.AZURE_FEDERATED_TOKEN_FILE);
  expect(origins.get('scheduler.client_id')).toMatchObject({ variable: 'AZURE_CLIENT_ID' });

  const bySecret = `[scheduler]\n${place}${ids}client_secret = "s"\n`;
  const other = load({ 'settings.toml': bySecret }, azure).settings;
  expect(other.scheduler).toMatchObject({ tenantId: 't', clientId: 'c' });
  expect(other.sharepoint).toMatchObject({ federatedTokenFile: null, signIn: 'secret' });
});

test('The file of the certificate is found from the folder of the settings, and is no variable _FILE', () => {
  const files = { 'settings.toml': `[scheduler]\n${place}${ids}` };
  const env = { CHARLIE_SHAREPOINT__CLIENT_CERTIFICATE_FILE: 'client.pem' };
  expect(problemsOf(files, env)).toEqual([]);
  const { settings, files: read } = load(files, env);
  expect(settings.sharepoint.clientCertificateFile).toBe(join(read[0]!, '../client.pem'));
});

test.each([
  ['global', 'https://graph.microsoft.com', 'https://login.microsoftonline.com', 'sharepoint.com'],
  ['us_gov', 'https://graph.microsoft.us', 'https://login.microsoftonline.us', 'sharepoint.us'],
  ['us_gov_dod', 'https://dod-graph.microsoft.us', 'https://login.microsoftonline.us', 'sharepoint-mil.us'],
  ['china', 'https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn', 'sharepoint.cn'],
])('The cloud %s sets Graph and the authority together', (cloud, graphUrl, authorityUrl, sites) => {
  const toml = `[scheduler]\n${place}${ids}client_secret = "s"\n[sharepoint]\ncloud = "${cloud}"\n`;
  const { settings } = loadToml(toml.replace('sharepoint.com', sites));
  expect(settings.sharepoint).toMatchObject({ cloud, graphUrl, authorityUrl });
});

test('An address of its own goes before that of the cloud', () => {
  const toml = '[sharepoint]\ncloud = "us_gov"\ngraph_url = "https://localhost:8443"\n';
  expect(loadToml(toml).settings.sharepoint).toMatchObject({
    graphUrl: 'https://localhost:8443',
    authorityUrl: 'https://login.microsoftonline.us',
  });
});

test('A site of another cloud is refused with the cloud that it is in', () => {
  const toml = `[scheduler]\n${place}${ids}client_secret = "s"\n`.replace('sharepoint.com', 'sharepoint.us');
  expect(problemsOfToml(toml)).toMatchObject([{ key: 'sharepoint.cloud', suggestion: '"us_gov"' }]);
  expect(problemsOfToml(`${toml}[sharepoint]\ngraph_url = "https://localhost:1"\n`)).toEqual([]);
});

const secret = `${ids}client_secret = "s"\n`;
const pasted =
  'https://t.sharepoint.com/sites/S/Docs/Forms/AllItems.aspx?id=%2Fsites%2FS%2FDocs%2FReports&viewid=1';

test.each(['sharepoint_folder', 'sharepoint_site_url'])(
  'The address of a folder in the browser is enough, as %s',
  (key) => {
    const { settings } = loadToml(`[scheduler]\n${key} = "${pasted}"\n${secret}`);
    expect(settings.scheduler).toMatchObject({
      sharepointSiteUrl: 'https://t.sharepoint.com/sites/S',
      sharepointFolder: pasted,
    });
    expect(settings.sharepoint.signIn).toBe('secret');
    expect(configuredGateway(settings)).not.toBeNull();
  },
);

test.each([
  ['https://t.sharepoint.com/:f:/s/S/EaBc?e=1', /short sharing link.*paste the address/],
  ['https://t.sharepoint.com/sites/S', /is a site, and no library/],
  ['https://teams.microsoft.com/l/channel/1', /Open in SharePoint/],
])('The folder %s is refused with what to paste instead', (address, message) => {
  expect(problemsOfToml(`[scheduler]\nsharepoint_folder = "${address}"\n${secret}`)).toMatchObject([
    { key: 'scheduler.sharepoint_folder', message: expect.stringMatching(message) as string },
  ]);
});

test('A site beside the address of a folder has to be the one that this is in', () => {
  const toml = (site: string): string =>
    `[scheduler]\nsharepoint_site_url = "${site}"\nsharepoint_folder = "${pasted}"\n${secret}`;
  expect(problemsOfToml(toml('https://t.sharepoint.com/sites/s'))).toEqual([]);
  expect(problemsOfToml(toml('https://t.sharepoint.com/sites/Other'))).toMatchObject([
    { key: 'scheduler.sharepoint_site_url', suggestion: '"https://t.sharepoint.com/sites/S"' },
  ]);
});
