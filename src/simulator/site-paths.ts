/** How addresses on the host of contents begin: with a site, or with one below it. */
export const sitePaths = ['/sites/:site', '/sites/:site/:web'] as const;
