import packageJson from '../../package.json' with { type: 'json' };

/** In the form that Microsoft asks for; callers without such a name are throttled first. */
export const userAgent = `NONISV|charlie-reporting|charlie-reporting/${packageJson.version}`;
