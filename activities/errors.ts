/** Thrown when a run asks for SharePoint and the worker's settings name none. */
export class SourceNotConfigured extends Error {
  override readonly name = 'SourceNotConfigured';

  constructor() {
    super(
      'No SharePoint is configured on this worker. Set scheduler.sharepoint_folder to the address of a folder, and what the ' +
        'sign-in needs (docs/sharepoint.md), or start everything locally with `charlie up`.',
    );
  }
}

/** The reason why files are not moved: within a library alone they keep their ids. */
export class ProcessedFolderElsewhere extends Error {
  override readonly name = 'ProcessedFolderElsewhere';

  constructor() {
    super(
      'sync.processed_folder is in another library than the file, and SharePoint moves files within a library only. ' +
        'Name a folder of the library of scheduler.sharepoint_folder.',
    );
  }
}

/** The reason why files are not moved: the settings name one folder in two ways, which only SharePoint can tell. */
export class ProcessedFolderIsSource extends Error {
  override readonly name = 'ProcessedFolderIsSource';

  constructor() {
    super(
      'sync.processed_folder is the folder that files come from, by another name of its library or by its address. ' +
        'Name another folder.',
    );
  }
}

/** Thrown when an activity is asked about a run that has no record. */
export class RunNotFound extends Error {
  override readonly name = 'RunNotFound';
  readonly runId: string;

  constructor(runId: string) {
    super(
      `There is no record of run ${runId}: the database may have been replaced while it ran. Start a new run.`,
    );
    this.runId = runId;
  }
}

/** Why a version that was to be read again has failed: it was refused whole, and is loaded as before. */
export class ReadAgainRefused extends Error {
  override readonly name = 'ReadAgainRefused';
  readonly reason: string;

  constructor({ reason, summary }: { readonly reason: string; readonly summary: string }) {
    super(`Kept as it was loaded, since reading it again failed: ${reason}: ${summary}`);
    this.reason = reason;
  }
}

/** Thrown when a file in ingestion_dir is not the one that was downloaded: it was replaced or removed meanwhile. */
export class LocalFileChanged extends Error {
  override readonly name = 'LocalFileChanged';
  readonly path: string;

  constructor(path: string) {
    super(
      `${path} is not the file that was downloaded: it was changed or removed meanwhile. It is fetched again.`,
    );
    this.path = path;
  }
}

/** Thrown when a file is to be loaded into a dataset that the worker's settings do not have. */
export class DatasetNotConfigured extends Error {
  override readonly name = 'DatasetNotConfigured';
  readonly dataset: string;

  constructor(dataset: string) {
    super(
      `The settings of this worker have no dataset ${JSON.stringify(dataset)}, for which the file was downloaded. Give all ` +
        'workers the same settings; the next run goes by them.',
    );
    this.dataset = dataset;
  }
}

/** Thrown when a run is to call a webhook and the worker's settings name none. */
export class WebhookNotConfigured extends Error {
  override readonly name = 'WebhookNotConfigured';

  constructor() {
    super(
      'No webhook is configured on this worker. Set generate.webhook_url, or generate.then to "sync" or "none".',
    );
  }
}
