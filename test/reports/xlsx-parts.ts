import { buffer } from 'node:stream/consumers';

import yauzl from 'yauzl';

/** The files inside a workbook by name, as text: what Excel sees, not what our reader makes of it. */
export async function xlsxParts(workbook: Uint8Array): Promise<Map<string, string>> {
  const zip = await yauzl.fromBufferPromise(Buffer.from(workbook));
  const parts = new Map<string, string>();
  for await (const entry of zip.eachEntry()) {
    parts.set(entry.fileName, (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8'));
  }
  return parts;
}
