import type { Connection } from './simulator.ts';

/** What a library of our own gives is not limited: the most that can be set. */
export const unlimitedUnits = '100000';

/** The settings that lead a worker to the simulator, as environment variables. */
export function connectionVariables(connection: Connection): Record<string, string> {
  return {
    CHARLIE_SCHEDULER__SHAREPOINT_SITE_URL: connection.siteUrl,
    CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: connection.folder,
    CHARLIE_SCHEDULER__TENANT_ID: connection.tenantId,
    CHARLIE_SCHEDULER__CLIENT_ID: connection.clientId,
    CHARLIE_SCHEDULER__CLIENT_SECRET: connection.clientSecret,
    CHARLIE_SHAREPOINT__GRAPH_URL: connection.graphUrl,
    CHARLIE_SHAREPOINT__AUTHORITY_URL: connection.authorityUrl,
    CHARLIE_SHAREPOINT__CA_FILE: connection.caFile,
    CHARLIE_SHAREPOINT__RESOURCE_UNITS_PER_MINUTE: unlimitedUnits,
  };
}
