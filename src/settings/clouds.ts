interface Cloud {
  readonly authorityUrl: string;
  readonly graphUrl: string;
  /** What the host names of its sites end with. */
  readonly sites: string;
}

/** Microsoft's clouds (https://learn.microsoft.com/graph/deployments). GCC is in the global one. */
export const clouds = {
  global: {
    authorityUrl: 'https://login.microsoftonline.com',
    graphUrl: 'https://graph.microsoft.com',
    sites: '.sharepoint.com',
  },
  us_gov: {
    authorityUrl: 'https://login.microsoftonline.us',
    graphUrl: 'https://graph.microsoft.us',
    sites: '.sharepoint.us',
  },
  us_gov_dod: {
    authorityUrl: 'https://login.microsoftonline.us',
    graphUrl: 'https://dod-graph.microsoft.us',
    sites: '.sharepoint-mil.us',
  },
  china: {
    authorityUrl: 'https://login.chinacloudapi.cn',
    graphUrl: 'https://microsoftgraph.chinacloudapi.cn',
    sites: '.sharepoint.cn',
  },
} as const satisfies Record<string, Cloud>;

export type CloudName = keyof typeof clouds;

export const cloudNames = Object.keys(clouds) as CloudName[];

/** Null: the host name is of none of them. */
export function cloudOfSite(url: string): CloudName | null {
  const { hostname } = new URL(url);
  return cloudNames.find((name) => hostname.endsWith(clouds[name].sites)) ?? null;
}
