import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Api } from '../../src/api/api.ts';
import { createApi } from '../../src/api/server.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { ownTemporal } from '../outages/own-servers.ts';
import { hasChromium, startChromium } from '../support/chromium.ts';
import { clearOfTicks } from '../support/clear-of-ticks.ts';
import { Pipeline } from '../support/pipeline.ts';
import { quietPino } from '../support/quiet-logger.ts';

const root = join(import.meta.dirname, '../..');

/** With `PICTURES=1` those of the documents are taken anew, of a library with a day's files. */
const takesPictures = process.env['PICTURES'] !== undefined;

interface Job {
  readonly paused: boolean;
  readonly note: string;
  readonly recent: readonly { readonly workflow_id: string; readonly run_id: string }[];
}

describe.runIf(hasChromium("what operators do in Temporal's Web UI"))("in Temporal's Web UI", () => {
  const parts = new AsyncDisposableStack();
  let api: Api;
  let browser: Browser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const temporal = parts.use(await ownTemporal({ ui: true }));
    const pipeline = parts.use(
      await Pipeline.start({
        toml: readFileSync(join(root, 'settings.toml'), 'utf8'),
        env: { CHARLIE_TEMPORAL__ADDRESS: temporal.running.address },
        library: takesPictures ? 'generated' : 'none',
      }),
    );
    const { settings, sql, client } = pipeline;
    await clearOfTicks();
    await applyJobs(client.schedule, jobsOf(settings));
    api = parts.adopt(await createApi({ settings, sql, client, logger: quietPino }), (each) => each.close());
    browser = parts.adopt(await startChromium(), (each) => each.close());
    page = await browser.newPage({ viewport: { width: 1400, height: 900 }, timezoneId: 'UTC' });
    page.setDefaultTimeout(60_000);
    url = `${temporal.running.uiUrl ?? ''}/namespaces/default`;
  });

  afterAll(() => parts.disposeAsync());

  async function job(): Promise<Job> {
    return (await api.inject({ method: 'GET', url: '/scheduler/jobs/sync' })).json<Job>();
  }

  async function choose(action: 'trigger' | 'backfill'): Promise<void> {
    await page.locator('#schedule-actions-menu-button').click();
    await page.getByTestId(`${action}-schedule`).click();
  }

  const confirm = () => page.locator('[data-testid="confirm-modal-button"]:visible').dispatchEvent('click');

  async function picture(name: string, of: Pick<Page, 'screenshot'> = page): Promise<void> {
    if (takesPictures) await of.screenshot({ path: join(root, 'docs/images', `${name}.png`) });
  }

  test('an operator triggers a job, and the API shows the run', async () => {
    await page.goto(`${url}/schedules/sync`);
    await choose('trigger');
    await confirm();

    await expect.poll(async () => (await job()).recent, { timeout: 60_000 }).toHaveLength(1);
    const [run] = (await job()).recent;
    const path = `/pipeline/runs/${run?.run_id ?? ''}`;
    const status = async () =>
      (await api.inject({ method: 'GET', url: path })).json<{ status: string }>().status;
    await expect.poll(status, { timeout: 180_000 }).toBe('succeeded');
    await page.goto(`${url}/workflows/${run?.workflow_id ?? ''}/${run?.run_id ?? ''}/history`);
    await page.getByText('COMPLETED').first().waitFor();
    await page.getByText('recordRun').first().waitFor();
  });

  test('an operator fills in the slots of a night, and the API shows a run for each', async () => {
    await page.goto(`${url}/schedules/sync`);
    await choose('backfill');
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const [year = '', month = '', day = ''] = yesterday.split('-');
    for (const [end, hour] of [
      ['start', '1'],
      ['end', '3'],
    ] as const) {
      await page.locator(`#backfill-${end}-date`).fill(`${month}/${day}/${year}`);
      await page.locator(`#backfill-${end}-hour`).fill(hour);
      for (const part of ['minute', 'second']) await page.locator(`#backfill-${end}-${part}`).fill('0');
    }
    // A calendar may lie over it.
    await page.locator('#overlap-policy-BufferAll').dispatchEvent('click');
    await expect.poll(() => page.locator('#overlap-policy-BufferAll').isChecked()).toBe(true);
    await picture(
      'backfill-dialog',
      page.locator('[role=dialog]:visible, dialog:visible, .modal:visible').first(),
    );
    await confirm();

    const ids = async () => (await job()).recent.map(({ workflow_id }) => workflow_id);
    for (const hour of ['01', '02', '03'])
      await expect.poll(ids, { timeout: 120_000 }).toContain(`sync-${yesterday}T${hour}:00:00Z`);
    await page.goto(`${url}/schedules/sync`);
    await page.getByText(`sync-${yesterday}T03:00:00Z`).first().waitFor();
    await picture('backfill');
  });

  test('an operator pauses a job, and the API shows it, with the reason', async () => {
    await page.goto(`${url}/schedules/sync`);
    await page.locator('#schedule-actions-primary-button').click();
    await page.locator('#pause-reason').fill('the library is being moved');
    await confirm();

    await expect
      .poll(job, { timeout: 60_000 })
      .toMatchObject({ paused: true, note: expect.stringContaining('the library is being moved') as string });
    await page.goto(`${url}/schedules`);
    await page.getByText('PAUSED').first().waitFor();
    await picture('schedules');
  });
});
