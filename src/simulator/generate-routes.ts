import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import { type DatasetName, datasetNames } from './generator/datasets.ts';
import type { HourlyFiles } from './generator/hourly-files.ts';
import { GraphError } from './graph-error.ts';

const mostFiles = 100_000;
const mostRows = 1_000_000;

const generateBody = z.strictObject({
  files: z.int().min(1).max(mostFiles).optional(),
  rows: z.int().min(1).max(mostRows).optional(),
  badRowShare: z.number().min(0).max(1).optional(),
});

/** `/sim/generate`: more files than come by themselves each hour. Null: the library is not filled with generated data. */
export function addGenerateRoutes(app: FastifyInstance, hourly: HourlyFiles | null): void {
  app.post<{ Params: { dataset: string } }>('/sim/generate/:dataset', async (request, reply) => {
    const datasets = datasetsOf(request.params.dataset);
    if (hourly === null)
      throw new GraphError(409, 'notGenerated', 'This library is not filled with generated data.');
    const made = await hourly.generate({ datasets, ...readBody(request, generateBody) });
    return reply.code(201).send(made);
  });
}

function datasetsOf(name: string): readonly DatasetName[] {
  if (name === 'all') return datasetNames;
  const found = datasetNames.find((dataset) => dataset === name);
  if (found !== undefined) return [found];
  const known = ['all', ...datasetNames].join(', ');
  throw new GraphError(404, 'itemNotFound', `No dataset ${name} can be generated; there are ${known}.`);
}
